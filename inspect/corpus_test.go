package inspect_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"soak/inspect"
	"soak/token"
)

const corpus = "../../shared/corpus"

// TestCorpus inspects manifests from the field as files: each gives a report
// within 80 columns (but for words that are longer) that holds no token, or an
// error in one line.
func TestCorpus(t *testing.T) {
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("no corpus beside the project: ", err)
	}
	base := "https://edge.example/cmaf/2675_live/" + t1.Token + "/1800000060/corpus/"
	read, refused := 0, 0
	err := filepath.WalkDir(corpus, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.Contains(".m3u8.mpd", filepath.Ext(file)) || filepath.Ext(file) == "" {
			return err
		}
		body, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		address := base + filepath.Base(file)
		page, err := inspect.Read(address, inspect.Response{URL: address, Body: body}, now)
		if err != nil {
			if refused++; strings.ContainsRune(err.Error(), '\n') || strings.Contains(err.Error(), t1.Token) {
				t.Errorf("%s: error %q; want one line without a token", file, err)
			}
			return nil
		}
		read++
		page.Local = true
		checkCorpus(t, file, page)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 250 {
		t.Errorf("%d manifests read, %d refused; want 250 at least", read, refused)
	}
	t.Logf("%d read, %d refused", read, refused)
}

// TestCorpusText shows two manifests from the field, as docs/inspect.md does.
func TestCorpusText(t *testing.T) {
	docs, err := os.ReadFile("../docs/inspect.md")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, file := range []string{"hls/vjs-llhls.m3u8", "dash/eye-go-dash-fixtures__live_profile_dynamic.mpd"} {
		body, err := os.ReadFile(filepath.Join(corpus, file))
		if err != nil {
			t.Skip("no corpus beside the project: ", err)
		}
		page, err := inspect.Read(filepath.Base(file), inspect.Response{Body: body}, now)
		if err != nil {
			t.Fatal(err)
		}
		page.Local = true
		fmt.Fprintf(&out, "$ soak inspect %s\n", filepath.Base(file))
		if err := inspect.Text(&out, inspect.Describe(page, now), 0); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "corpus.txt", out.Bytes())
	if !strings.Contains(string(docs), out.String()) {
		t.Error("docs/inspect.md does not show it as it is")
	}
}

func checkCorpus(t *testing.T, file string, page *inspect.Page) {
	t.Helper()
	r := inspect.Describe(page, now)
	d := inspect.Derive(inspect.Sight{Page: page, Grant: t1}, inspect.Sight{}, now)
	r.Derivation = &d
	for _, p := range d.Problems { // T1 is relative to the base: what the guide misses, the file itself must cause
		if p.Rewrite == "any" && p.Fault == inspect.Stale && p.Hazard != "H19" {
			t.Errorf("%s: %+v; a pair in the layout is always found", file, p)
		}
	}
	var out bytes.Buffer
	if err := inspect.Text(&out, r, 0); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(r)
	if err != nil {
		t.Errorf("%s: %v", file, err)
	}
	for _, text := range []string{out.String(), string(body)} {
		if g, ok := token.Find(text); ok && !strings.HasPrefix(g.Token, "#") {
			t.Errorf("%s: the report holds a token", file)
		}
	}
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > inspect.Width {
			t.Errorf("%s: %d columns: %s", file, n, line)
		}
	}
}
