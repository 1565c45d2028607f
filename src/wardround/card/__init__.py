"""Cards: what people know (``governance/card.yaml``) and what the pipeline knows, in the forms that boards and authorities ask for.

Pure. Every number comes out of :class:`~wardround.disclosure.published.Published`, so that a card shows no more than a report does. A card
prepares for an assessment; it never says that something is complied with.
"""
