"""Memory of a training step, exact to the tensors that the stock code keeps."""

from __future__ import annotations

from calculators.memory.training.estimate import (
    TrainingEstimate,
    estimate_plan,
    estimate_training,
    explained,
)

__all__ = ["TrainingEstimate", "estimate_plan", "estimate_training", "explained"]
