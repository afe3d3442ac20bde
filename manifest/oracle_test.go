package manifest

import (
	"path/filepath"
	"testing"
)

func corpusFiles(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpus, pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("needs the corpus of real manifests")
	}
	for i, f := range files {
		if files[i], err = filepath.Rel(corpus, f); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
