"""Review of changed truths: what a run received, beside what is stored, until somebody accepts or rejects it."""
