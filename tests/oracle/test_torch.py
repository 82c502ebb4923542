"""The same updates against PyTorch's automatic differentiation, which shares no line with us.

PyTorch is not among the project's dependencies; where it is missing these tests are skipped, and
the complex-step oracle stands alone.
"""

import numpy as np
import pytest
from one_step import METHODS, reduction, small_setup, steps_of

torch = pytest.importorskip("torch", reason="PyTorch is an optional second oracle")


def tensors(level):
    return {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for name, value in level.items()
    }


def batch_norm(values, gain=None, shift=None):
    if gain is not None:
        gain, shift = gain[0], shift[0]
    return torch.nn.functional.batch_norm(
        values, None, None, weight=gain, bias=shift, training=True, eps=1e-5
    )


def run_layer(level, below):
    product = below @ level["weights"]
    if "bias" in level:
        product = product + level["bias"]
    product.retain_grad()
    before = product
    if "gain" in level:
        before = batch_norm(product, level["gain"], level["shift"])
    return product, torch.sigmoid(before)


def generate(level, setup, x, output, y):
    columns = {"input": x, "output": output, "label": y, "batchnorm": batch_norm(output)}
    seen = torch.cat([columns[name] for name in setup.conditions], dim=1)
    return seen @ level["generator_weights"] + level["generator_bias"]


def half_square(difference):
    return (difference**2).sum() / 2


def learn_by_backprop(levels, x, y):
    output = x
    for level in levels:
        _, output = run_layer(level, output)
    half_square(output - y).backward()


def learn_one_layer_at_a_time(setup, levels, updated, x, y):
    """Every `backward` call stops at the layer's own input, which is detached."""
    below, products, outputs = x, [], []
    for level in levels:
        product, output = run_layer(level, below)
        products.append(product)
        outputs.append(output)
        below = output.detach()
    half_square(outputs[-1] - y).backward()
    for k in range(len(levels) - 2, -1, -1):
        delta_above = products[k + 1].grad
        if setup.method == "frozen":
            return
        if setup.method == "feedback-alignment":
            outputs[k].backward(delta_above @ levels[k + 1]["feedback"].detach().T)
        else:
            synthetic = generate(levels[k], setup, x, outputs[k].detach(), y)
            outputs[k].backward(synthetic.detach())
            target = delta_above @ updated[k + 1]["weights"].detach().T
            half_square(synthetic - target).backward()


@pytest.mark.parametrize("bias_reduction", ["sum", "mean"])
@pytest.mark.parametrize("forward_batchnorm", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_updates_are_those_of_autograd(method, forward_batchnorm, bias_reduction):
    setup = small_setup(
        method=method,
        bias=True,
        forward_batchnorm=forward_batchnorm,
        bias_reduction=bias_reduction,
    )
    for step in steps_of(setup):
        levels, updated = [[tensors(level) for level in part] for part in (step.before, step.after)]
        x, y = torch.tensor(step.x), torch.tensor(step.y)
        if method == "backprop":
            learn_by_backprop(levels, x, y)
        else:
            learn_one_layer_at_a_time(setup, levels, updated, x, y)
        for k, level in enumerate(levels):
            for name, parameter in level.items():
                change = step.after[k][name] - step.before[k][name]
                if parameter.grad is None:
                    assert name == "feedback" or (method == "frozen" and k < len(levels) - 1)
                    assert not np.any(change)
                    continue
                generator = name.startswith("generator")
                size = step.generator_step_size if generator else step.step_size
                expected = -size * parameter.grad.numpy() / reduction(setup, name)
                np.testing.assert_allclose(
                    change, expected, rtol=1e-9, atol=1e-13, err_msg=f"{name} {k}"
                )
