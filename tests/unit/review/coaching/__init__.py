"""The checker of the review, held against sentences and summaries that were written for it."""
