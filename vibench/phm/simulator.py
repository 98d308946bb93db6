"""The vibration of a rolling-element bearing with a localised fault, from its physics.

A fault strikes at a rate given by geometry and shaft speed; each impact rings the structure's resonance; the
load zone modulates the impacts (McFadden & Smith 1984, J. Sound Vib. 96(1):69-82). The balls slip, so that
the time between impacts is random and its errors add up (Antoni & Randall 2003, J. Vib. Acoust.
125(3):282-289).

Vocabulary: an *impact* is one meeting of a fault with its counterpart; the *load zone* is the half of the
bearing that carries the load; *order* means multiples of the shaft speed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vibench.phm.settings import SimulatedBearingArgs

Signal = NDArray[np.float64]
CLASS_NAMES = ("normal", "inner", "outer", "ball")
# Amplitudes of the shaft's first orders (unbalance, misalignment); the bearing's part has power 1 at load 1.
SHAFT_ORDERS = (0.6, 0.4, 0.2)
SHAFT_POWER = sum(amplitude**2 for amplitude in SHAFT_ORDERS) / 2
DECAYS = 8.0  # time constants after which a ring-down, at 0.03 %, is cut


def samples_of(args: SimulatedBearingArgs) -> int:
    """Samples in one recording."""
    return int(args.duration * args.sampling_rate)


def fault_frequencies(args: SimulatedBearingArgs, shaft: float) -> dict[str, float]:
    """The bearing's characteristic frequencies in Hz at `shaft` revolutions per second.

    `inner` (BPFI), `outer` (BPFO), `ball` (2·BSF: a faulty ball strikes both races in each turn) and `cage`
    (FTF), for a fixed outer race.
    """
    ratio = args.ball_diameter / args.pitch_diameter * math.cos(math.radians(args.contact_angle))
    return {
        "inner": args.n_balls / 2 * shaft * (1 + ratio),
        "outer": args.n_balls / 2 * shaft * (1 - ratio),
        "ball": args.pitch_diameter / args.ball_diameter * shaft * (1 - ratio**2),
        "cage": shaft / 2 * (1 - ratio),
    }


def impact_times(rate: float, duration: float, slip: float, rng: np.random.Generator) -> Signal:
    """Times of impacts in seconds, ascending, in [0, `duration`): `rate` per second on average.

    The time between two is Gaussian with relative standard deviation `slip`: its errors add up, as the balls
    have no memory of where they should be. The first impact falls anywhere in the first interval.
    """
    count = int(1.5 * rate * duration) + 20  # far more than slip can swallow
    # Clipped at a tenth: time does not run backwards.
    gaps = np.clip(1 + slip * rng.standard_normal(count), 0.1, None) / rate
    times = (rng.random() - 1) / rate + np.cumsum(gaps)
    return times[(times >= 0) & (times < duration)]


def load_zone(angle: Signal) -> Signal:
    """Share of the greatest load, 0 to 1, that the bearing carries at `angle` (radians) from the load.

    Stribeck's distribution for balls without clearance: the half turned to the load carries it all.
    """
    return np.clip(np.cos(angle), 0, None) ** 1.5


def response(args: SimulatedBearingArgs, since: Signal) -> Signal:
    """The resonance `since` seconds (≥ 0) after a unit impact: an exponentially damped sine."""
    pulsation = 2 * math.pi * args.resonance
    wave: Signal = np.sin(pulsation * math.sqrt(1 - args.damping**2) * since)
    return np.exp(-args.damping * pulsation * since) * wave


def response_length(args: SimulatedBearingArgs) -> int:
    """Samples until a ring-down has died away, at most a recording's."""
    decayed = int(DECAYS / (args.damping * 2 * math.pi * args.resonance) * args.sampling_rate) + 1
    return min(decayed, samples_of(args))


def ring_down(args: SimulatedBearingArgs, times: Signal, strengths: Signal) -> Signal:
    """The resonance's response, (duration · rate,), to impacts at `times` (s) of the given `strengths`.

    A ring-down starts at its exact time, between samples too: rounded to a sample, it would be out of phase
    by up to an eighth of a period at the default settings.
    """
    first = np.ceil(times * args.sampling_rate).astype(np.int64)
    index = first[:, None] + np.arange(response_length(args))
    rung = strengths[:, None] * response(args, index / args.sampling_rate - times[:, None])
    inside = index < samples_of(args)
    signal = np.zeros(samples_of(args))
    np.add.at(signal, index[inside], rung[inside])
    return signal


def roughness(args: SimulatedBearingArgs, rng: np.random.Generator) -> Signal:
    """What a healthy bearing does to the resonance, (duration · rate,): tiny impacts without any rhythm."""
    impulse = response(args, np.arange(response_length(args)) / args.sampling_rate)
    return np.convolve(rng.standard_normal(samples_of(args) + len(impulse) - 1), impulse, mode="valid")


def impacts(args: SimulatedBearingArgs, fault: str, shaft: float, rng: np.random.Generator) -> Signal:
    """The resonance struck by a `fault` ("inner", "outer" or "ball") at `shaft` Hz, (duration · rate,).

    An inner race's fault turns through the load zone with the shaft, a ball's with the cage, and an outer
    race's stays in it.
    """
    frequencies = fault_frequencies(args, shaft)
    times = impact_times(frequencies[fault], args.duration, args.slip, rng)
    turning = {"inner": shaft, "ball": frequencies["cage"], "outer": 0.0}[fault]
    start = rng.uniform(0, 2 * math.pi) if turning else 0.0
    strengths = load_zone(2 * math.pi * turning * times + start)
    return ring_down(args, times, strengths)


def shaft_orders(args: SimulatedBearingArgs, shaft: float, rng: np.random.Generator) -> Signal:
    """Unbalance and misalignment: the first orders of the shaft at random phases, (duration · rate,)."""
    angle = 2 * math.pi * shaft * np.arange(samples_of(args)) / args.sampling_rate
    phases = rng.uniform(0, 2 * math.pi, len(SHAFT_ORDERS))
    waves = [
        amplitude * np.sin(order * angle + phase)
        for order, (amplitude, phase) in enumerate(zip(SHAFT_ORDERS, phases, strict=True), start=1)
    ]
    total: Signal = np.sum(waves, axis=0)
    return total


def recording(
    args: SimulatedBearingArgs, name: str, shaft: float, load: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """One recording, (duration · rate,), of class `name` at `shaft` Hz under a relative `load`.

    The bearing's part has power load² in every class, the healthy one too, and the same resonance: neither
    power nor colour tells the classes apart, only the rhythm of the impacts does. Raises `KeyError` for
    another class.
    """
    healthy = name == "normal"
    bearing = roughness(args, rng) if healthy else impacts(args, name, shaft, rng)
    power = float(np.mean(bearing**2))
    bearing *= load / math.sqrt(power or 1.0)  # a slow shaft may bring no impact at all
    vibration = bearing + shaft_orders(args, shaft, rng)
    noise = math.sqrt((1 + SHAFT_POWER) / 10 ** (args.snr_db / 10))
    return (vibration + noise * rng.standard_normal(len(vibration))).astype(np.float32)
