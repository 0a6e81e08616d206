"""Looking at the world: what DNS answers and what certificates say, bounded and cleaned."""
