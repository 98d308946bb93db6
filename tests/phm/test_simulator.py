"""Each class shows its own characteristic frequency in the envelope spectrum; nothing else gives it away."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.signal import butter, hilbert, sosfiltfilt

from vibench.phm.settings import SimulatedBearingArgs
from vibench.phm.simulator import (
    CLASS_NAMES,
    fault_frequencies,
    impact_times,
    impacts,
    load_zone,
    recording,
    ring_down,
    roughness,
    samples_of,
)

FAULTS = ("inner", "outer", "ball")
SPEEDS = (17.0, 25.0, 30.0, 41.5)
ARGS = SimulatedBearingArgs(duration=4.0, snr_db=5.0)


def signal_of(name, shaft=30.0, args=ARGS, seed=0, load=1.0):
    return recording(args, name, shaft, load, np.random.default_rng(seed))


def envelope_spectrum(signal, args=ARGS):
    """Amplitudes of the squared envelope around the resonance, and their frequencies."""
    band = (0.7 * args.resonance, 1.3 * args.resonance)
    near = sosfiltfilt(butter(4, band, "bandpass", fs=args.sampling_rate, output="sos"), signal)
    envelope = np.abs(hilbert(near)) ** 2
    tapered = (envelope / envelope.mean() - 1) * np.hanning(len(envelope))
    padded = 4 * len(envelope)  # so that a line between two bins is not lower than one in a bin
    return np.abs(np.fft.rfft(tapered, padded)), np.fft.rfftfreq(padded, 1 / args.sampling_rate)


def line(signal, frequency, args=ARGS):
    """Strength of the line at `frequency`, as wide as slip smears it."""
    spectrum, frequencies = envelope_spectrum(signal, args)
    return spectrum[np.abs(frequencies - frequency) < 0.01 * frequency].max()


@pytest.mark.parametrize("shaft", SPEEDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_the_envelope_peaks_at_the_faults_own_frequency(fault, shaft):
    own = fault_frequencies(ARGS, shaft)[fault]
    spectra = [envelope_spectrum(signal_of(fault, shaft, seed=seed)) for seed in range(8)]
    # Averaged: a ball's sidebands are nearly as strong as its line, and slip lets one of them win now and then.
    spectrum, frequencies = np.mean([spectrum for spectrum, _ in spectra], axis=0), spectra[0][1]
    searched = (frequencies > 2.5 * shaft) & (frequencies < 6.5 * shaft)
    peak = frequencies[searched][spectrum[searched].argmax()]
    assert peak == pytest.approx(own, rel=0.01)


@pytest.mark.parametrize("shaft", SPEEDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_other_faults_line_comes_near(fault, shaft):
    frequencies = fault_frequencies(ARGS, shaft)
    signal = signal_of(fault, shaft)
    others = [line(signal, frequencies[other]) for other in FAULTS if other != fault]
    assert line(signal, frequencies[fault]) > 3 * max(others)


@pytest.mark.parametrize("shaft", SPEEDS)
def test_a_healthy_bearing_has_no_line(shaft):
    frequencies = fault_frequencies(ARGS, shaft)
    for fault in FAULTS:
        healthy = line(signal_of("normal", shaft), frequencies[fault])
        assert healthy < line(signal_of(fault, shaft), frequencies[fault]) / 3


@pytest.mark.parametrize(("fault", "around"), [("inner", "shaft"), ("ball", "cage")])
def test_modulated_by_what_carries_the_fault_through_the_load_zone(fault, around):
    """McFadden & Smith: sidebands at the shaft's speed for the inner race; at the cage's for a ball."""
    frequencies = {**fault_frequencies(ARGS, 30.0), "shaft": 30.0}
    sideband = frequencies[fault] + frequencies[around]
    assert line(signal_of(fault), sideband) > 5 * line(signal_of("outer"), sideband)


def test_frequencies_of_the_cwru_bearing():
    """SKF 6205-2RS, orders as published with the CWRU data; 2·BSF is their rolling element's order."""
    orders = fault_frequencies(SimulatedBearingArgs(), 1.0)
    assert orders["inner"] == pytest.approx(5.4152, abs=2e-3)
    assert orders["outer"] == pytest.approx(3.5848, abs=2e-3)
    assert orders["ball"] == pytest.approx(4.7135, abs=2e-3)
    assert orders["cage"] == pytest.approx(0.39828, abs=2e-3)


def test_every_ball_passes_both_races():
    """The two races' rates add up to every ball passing once a turn of the shaft."""
    for angle in (0.0, 15.0, 40.0):
        orders = fault_frequencies(SimulatedBearingArgs(contact_angle=angle, n_balls=12), 1.0)
        assert orders["inner"] + orders["outer"] == pytest.approx(12)
        assert orders["outer"] == pytest.approx(12 * orders["cage"])


def test_slip_adds_up():
    """Antoni & Randall: the spread of the n-th impact grows as √n, it does not stay the same."""
    rng = np.random.default_rng(0)
    trains = [impact_times(100.0, 3.0, 0.02, rng) for _ in range(400)]
    spread = [np.std([train[n] - train[0] for train in trains]) * 100.0 for n in (1, 100)]
    assert spread[0] == pytest.approx(0.02, rel=0.15)
    assert spread[1] == pytest.approx(0.2, rel=0.15)


@pytest.mark.parametrize("slip", [0.0, 0.01, 0.3])
def test_impacts_ascend_and_fill_the_recording(slip):
    times = impact_times(100.0, 5.0, slip, np.random.default_rng(1))
    assert np.all(np.diff(times) > 0)
    assert times[0] >= 0
    assert 4.9 < times[-1] < 5.0
    assert len(times) == pytest.approx(500, abs=30)


def test_ring_down_starts_between_samples():
    """A late start by half a sample is a late signal by half a sample, not a rounded one."""
    args = SimulatedBearingArgs(duration=0.2, sampling_rate=12000.0)
    on = ring_down(args, np.array([0.05]), np.ones(1))
    off = ring_down(args, np.array([0.05 + 0.5 / 12000]), np.ones(1))
    phase = np.angle(np.fft.rfft(off)[600] / np.fft.rfft(on)[600])  # 3000 Hz: half a sample is π/4
    assert phase == pytest.approx(-math.pi / 4, abs=0.05)
    assert np.all(off[:601] == 0)


def test_load_zone_is_the_loaded_half():
    angles = np.linspace(-math.pi, math.pi, 361)
    share = load_zone(angles)
    assert share.max() == pytest.approx(1) == load_zone(np.zeros(1))[0]
    assert np.all(share[np.abs(angles) > math.pi / 2 + 1e-9] == 0)


@pytest.mark.parametrize("fault", FAULTS)
def test_neither_power_nor_colour_tells(fault):
    """In power, and in broad bands of the spectrum, a fault is like a healthy bearing."""
    args = SimulatedBearingArgs(duration=20.0)
    healthy, faulty = signal_of("normal", args=args), signal_of(fault, args=args)
    assert np.std(faulty) == pytest.approx(np.std(healthy), rel=0.03)
    power = [np.abs(np.fft.rfft(signal)) ** 2 for signal in (healthy, faulty)]
    edges = [20 * value for value in (500, 1000, 2000, 2600, 3400, 4000, 6000)]
    bands = [[part[a:b].sum() for a, b in pairwise(edges)] for part in power]
    np.testing.assert_allclose(bands[0], bands[1], rtol=0.2)


@pytest.mark.parametrize("snr_db", [-10.0, 0.0, 10.0])
def test_the_noise_is_what_was_asked_for(snr_db):
    args = SimulatedBearingArgs(duration=10.0, snr_db=snr_db)
    clean = args.model_copy(update={"snr_db": 200.0})
    for name in CLASS_NAMES:
        vibration = signal_of(name, args=clean).astype(float)
        noise = signal_of(name, args=args) - vibration
        assert 10 * math.log10(np.var(vibration) / np.var(noise)) == pytest.approx(snr_db, abs=0.2)


def test_load_scales_the_bearings_part():
    clean = SimulatedBearingArgs(snr_db=200.0, duration=10.0)
    light, full = (np.var(signal_of("outer", args=clean, load=load)) for load in (0.5, 1.0))
    assert full - light == pytest.approx(1 - 0.25, rel=0.02)


def test_impacts_are_impulsive_and_roughness_is_not():
    def kurtosis(signal):
        return float(np.mean(signal**4) / np.mean(signal**2) ** 2)

    assert kurtosis(roughness(ARGS, np.random.default_rng(0))) == pytest.approx(3.0, abs=0.4)
    for fault in FAULTS:
        assert kurtosis(impacts(ARGS, fault, 30.0, np.random.default_rng(0))) > 6


@pytest.mark.parametrize("name", CLASS_NAMES)
def test_deterministic_in_the_generator(name):
    np.testing.assert_array_equal(signal_of(name, seed=3), signal_of(name, seed=3))
    assert not np.array_equal(signal_of(name, seed=3), signal_of(name, seed=4))
    assert signal_of(name).dtype == np.float32
    assert signal_of(name).shape == (samples_of(ARGS),)


def test_a_shaft_too_slow_for_any_impact_is_quiet_and_finite():
    args = SimulatedBearingArgs(duration=0.2, window=1024)
    assert np.all(np.isfinite(signal_of("ball", shaft=0.001, args=args)))


def test_unknown_class():
    with pytest.raises(KeyError):
        signal_of("cracked")
