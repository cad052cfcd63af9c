"""A linear SVM on groups of letters: reads [{learned, asked}] as JSON, prints the labels it gives.

Runs in an environment of its own with scikit-learn; knows nothing of ours.
"""

import json
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

given = []
for part in json.load(sys.stdin):
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    texts, labels = zip(*part["learned"], strict=True)
    model = make_pipeline(letters, LinearSVC()).fit(texts, labels)
    given.append(model.predict(part["asked"]).tolist())
print(json.dumps(given))
