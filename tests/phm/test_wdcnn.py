"""The network of Zhang et al. 2017, for other lengths too."""

import pytest
import torch

from vibench.phm.wdcnn import WDCNN, Segments


def test_it_is_the_papers_network_at_2048_samples():
    """Sizes of the feature maps as in table 2 of the paper."""
    model = WDCNN(in_channels=1, num_classes=10).eval()
    x, shapes = torch.zeros(2, 1, 2048), []
    for block in model.features:
        convolved = block[0](x)
        x = block(x)
        shapes.append((tuple(convolved.shape[1:]), tuple(x.shape[1:])))
    assert shapes == [
        ((16, 128), (16, 64)),
        ((32, 64), (32, 32)),
        ((64, 32), (64, 16)),
        ((64, 16), (64, 8)),
        ((64, 6), (64, 3)),
    ]
    assert torch.equal(model.segments(x), x)


def test_parameter_count():
    convolutions = [1 * 16 * 64 + 16, 16 * 32 * 3 + 32, 32 * 64 * 3 + 64, 64 * 64 * 3 + 64, 64 * 64 * 3 + 64]
    norms = [2 * width for width in (16, 32, 64, 64, 64)]
    dense = [3 * 64 * 100 + 100, 100 * 10 + 10]
    count = sum(p.numel() for p in WDCNN(in_channels=1, num_classes=10).parameters())
    assert count == sum(convolutions) + sum(norms) + sum(dense) == 54310


@pytest.mark.parametrize("length", [1024, 1500, 2048, 4096, 5000])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_length(length, channels):
    model = WDCNN(in_channels=channels, num_classes=4)
    scores = model(torch.randn(5, channels, length))
    assert scores.shape == (5, 4)
    scores.sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize(
    "sizes",
    [
        {},
        {"first_stride": 4},
        {"channels": (8, 8)},
        {"kernel": 5},
        {"kernel": 1},
        {"first_kernel": 15, "first_stride": 8},
        {"first_kernel": 3, "first_stride": 20},
        {"channels": (4,) * 7, "first_stride": 1},
    ],
)
def test_the_shortest_length_works_and_one_less_does_not(sizes):
    model = WDCNN(in_channels=1, num_classes=2, **sizes).eval()
    assert model(torch.zeros(1, 1, model.min_length)).shape == (1, 2)
    assert model.features(torch.zeros(1, 1, model.min_length)).shape[-1] == 1
    with pytest.raises(ValueError, match=f"expected windows of {model.min_length} samples or more"):
        model(torch.zeros(1, 1, model.min_length - 1))
    with pytest.raises(RuntimeError):
        model.features(torch.zeros(1, 1, model.min_length - 1))


@pytest.mark.parametrize("shape", [(2048,), (2, 2048), (2, 2, 2048), (2, 1, 1, 2048)])
def test_wrong_shapes(shape):
    with pytest.raises(ValueError, match=r"expected \(batch, 1 channels, length\), got"):
        WDCNN(in_channels=1, num_classes=4)(torch.zeros(shape))


@pytest.mark.parametrize("missing", ["in_channels", "num_classes"])
def test_what_the_data_did_not_say(missing):
    given = {"in_channels": 1, "num_classes": 4}
    del given[missing]
    with pytest.raises(ValueError, match=rf"write model\.args\.{missing}"):
        WDCNN(**given)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 7, 30])
def test_segments_are_those_of_adaptive_pooling(length):
    x = torch.randn(2, 5, length)
    torch.testing.assert_close(Segments(3)(x), torch.nn.AdaptiveAvgPool1d(3)(x))


def test_one_item_can_be_trained_on():
    WDCNN(in_channels=1, num_classes=2).train()(torch.randn(1, 1, 2048)).sum().backward()


def test_dropout():
    model = WDCNN(in_channels=1, num_classes=4, dropout=0.5)
    x = torch.randn(2, 1, 2048)
    assert not torch.equal(model(x), model(x))
    model.eval()
    assert torch.equal(model(x), model(x))
