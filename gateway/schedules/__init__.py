"""Decides about time of day and turns: schedules, rotations, working time. Pure: the clock is an argument."""
