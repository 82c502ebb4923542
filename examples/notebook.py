# %% [markdown]
# # Synthetic gradients in a notebook
#
# Each `# %%` starts a cell: open this file as a notebook in Jupyter (with jupytext), VS Code or
# Spyder, or run it as a script. It takes a few seconds.

# %%
import synthgrad as sg

# %% [markdown]
# Train a network to add two binary numbers of 4 bits, twice: once with backpropagation, once with
# hidden layers that learn from a synthetic gradient. Everything that decides a run is in its setup.

# %%
common = {"bits": 4, "hidden": (64, 32), "epochs": 30, "step_size": 0.3}
backprop = sg.train(sg.Setup("backprop", **common), seeds=range(5))
decoupled = sg.train(
    sg.Setup("dni[output+label]", generator_step_size=0.01, **common), seeds=range(5)
)

# %% [markdown]
# A history is a tidy table: a row a seed and epoch, a column a measure.

# %%
table = decoupled.to_frame()
print(table[["seed", "epoch", "bit_accuracy", "alignment_1", "alignment_2"]].tail())

# %% [markdown]
# Compare the two methods on the same seeds, which share data and initial weights.

# %%
finals = {
    name: history.to_frame().query("epoch == epoch.max()").set_index("seed")["bit_accuracy"]
    for name, history in {"backprop": backprop, "dni[output+label]": decoupled}.items()
}
difference = finals["dni[output+label]"] - finals["backprop"]
print(f"dni[output+label] - backprop, share of bits right after 30 epochs: {difference.mean():.3f}")

# %% [markdown]
# The published study used 30 seeds and tuned step sizes. Its tables come with the package.

# %%
outcomes = sg.published("outcomes")
headline = outcomes[outcomes["experiment"] == "headline"]
print(headline.pivot_table(index="method", columns="bits", values="accuracy_auc").round(2))
print(sg.published("claims").drop_duplicates("claim")["verdict"].value_counts())

# %% [markdown]
# So do its figures.

# %%
figure = sg.plot("depth")
