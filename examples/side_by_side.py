"""Backprop and synthetic gradients side by side: how well each adds, how true the gradients are.

``python examples/side_by_side.py`` trains a few seconds and draws side_by_side.png.
"""

from matplotlib.figure import Figure

from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train


def main(path="side_by_side.png", bits=8, hidden=(64, 32), epochs=100, seeds=(0, 1, 2)):
    figure = Figure(figsize=(7, 3), layout="constrained")
    accuracy, alignment = figure.subplots(1, 2)
    accuracy.set(xlabel="epoch", ylabel="share of bits right", ylim=(0.45, 1.02))
    alignment.set(xlabel="epoch", ylabel="cosine with the true gradient", ylim=(-0.1, 1.05))

    for method in ("backprop", "dni[output+label]"):
        setup = Setup(method, bits=bits, hidden=hidden, epochs=epochs, step_size=0.3)
        history = train(setup, seeds)
        # Measures are (replicas, epochs): the mean over seeds is drawn.
        accuracy.plot(history.epochs, history.measures["bit_accuracy"].mean(axis=0), label=method)

    alignment.axhline(1, color="C0", label="backprop")
    for k in range(1, len(hidden) + 1):
        cosine = history.measures[f"alignment_{k}"].mean(axis=0)
        alignment.plot(history.epochs, cosine, color="C1", alpha=1.2 / (k + 1), label=f"layer {k}")

    for axes in (accuracy, alignment):
        axes.legend()
    figure.savefig(path)


if __name__ == "__main__":
    main()
