"""What a run imports and compiles, done once by the server that forks the processes of :mod:`test_restart`."""

import numpy as np
import pandera.pandas
import pandera.typing
import pandera.typing.dask  # noqa: F401 - pandera asks for it when it builds a schema
import pyarrow as pa
import skops.io  # noqa: F401 - only to be there
from sklearn.ensemble import HistGradientBoostingClassifier

import wardround.scoring  # noqa: F401 - only to be there
from wardround.scoring import hashing, trees
from wardround.scoring.arranging import arranged
from wardround.scoring.flagging import flagging
from wardround.stages.features.spec import FeatureSpec
from wardround.stages.serving import forms
from wardround.stages.serving.manifest import ManifestFeature

hashing.keyed_all(b"k" * 32, "subject", ["a"])
hashing.text_hashes(pa.array(["a"]))
arranged(pa.table({"at": [1]}), pa.array(["a"]), ["at"])
flagging((ManifestFeature(name="a"),))(np.zeros((1, 1), order="F"))
_MATRIX = np.linspace(0, 1, 200).reshape(100, 2)
for _leaves in (15, 31):
    _model = HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=_leaves).fit(_MATRIX, np.arange(100) % 2)
    _form = forms.make(_model, "treelite", FeatureSpec(("a", "b"), {}))
    _fast = trees.made(_form.content, single=False, unknown={})
    assert _fast is not None
    _fast(_MATRIX)
