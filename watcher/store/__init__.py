"""What may never be lost: one class, one SQL text, two engines."""
