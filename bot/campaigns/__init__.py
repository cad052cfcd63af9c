"""Campaigns from the draft to the last message: previews, approval, fan-out, brake, corrections."""
