"""Peak memory of real training steps, measured on fake tensors without a GPU.

The code that runs is transformers, peft and torch themselves; vrambot is not imported.
``python -m benchmarks.accuracy.truth`` writes the committed results.
"""
