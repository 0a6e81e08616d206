"""Guided federation set-up: questions, answers and what comes of them, without a screen."""
