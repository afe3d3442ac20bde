package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// A run is pushed once more at its end, and a collector that refuses it is told of
// without harm to the verdict.
func TestRunsArePushed(t *testing.T) {
	var pushes atomic.Int32
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		pushes.Add(1)
	}))
	defer collector.Close()
	pushed := func() (code int, said string) {
		var stdout, stderr bytes.Buffer
		args := []string{"run", "--otlp", collector.URL, "--viewers", "1", "--arrival", "once", "--duration", "2s", "--out", "", "--threshold", "viewers == 1"}
		return run(t.Context(), args, strings.NewReader(""), &stdout, &stderr), stderr.String()
	}
	if code, said := pushed(); code != codePass && code != codeInvalid || pushes.Load() != 0 || !strings.Contains(said, "otlp: collector: answered 401\notlp: 1 of 1 pushes failed") {
		t.Errorf("without the header: exit code %d, %d pushes, %s", code, pushes.Load(), said)
	}
	t.Setenv(otlpHeaders, "Authorization=hidden")
	if code, said := pushed(); code != codePass && code != codeInvalid || pushes.Load() != 1 || strings.Contains(said, "otlp") || strings.Contains(said, "hidden") {
		t.Errorf("with it: exit code %d, %d pushes, %s", code, pushes.Load(), said)
	}
}
