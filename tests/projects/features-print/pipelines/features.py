"""Prints."""


def build(encounters, settings):
    print(encounters.head())
    return encounters[["pulze"]]
