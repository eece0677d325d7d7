"""What an estimate is worth for deciding whom to treat: from the known truth, or from observed outcomes."""
