"""The figures of rows that are measured for the essay's claims alone; the other claims show in figures of their families."""

from bookstore.plots.claims import second_clerk, training, unequal, waiting

# By file name, in the order of the claims.
FIGURES = {
    "claims_unequal": unequal.draw,
    "claims_second_clerk": second_clerk.draw,
    "claims_training": training.draw,
    "claims_waiting": waiting.draw,
}
