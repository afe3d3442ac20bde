package qoe

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxTexts   = 200 // distinct texts kept
	maxTextLen = 200 // bytes of a text kept
)

// Texts counts one-line texts: reasons of fatal errors, notes. At most 200
// distinct ones are kept, the first in alphabetical order; the rest are counted
// together. A text that was dropped had 200 before it and always will have, so
// two Texts merge into exactly what one would have counted. While counting, up to
// twice as many are kept; merging cuts. The zero Texts is empty.
type Texts struct {
	counts map[string]int64
	other  int64
}

// Line is one text and how often it was seen.
type Line struct {
	Text  string `json:"text"`
	Count int64  `json:"count"`
}

func (t *Texts) add(text string, n int64) {
	if t.counts == nil {
		t.counts = make(map[string]int64)
	}
	t.counts[clip(text)] += n
	if len(t.counts) > 2*maxTexts { // not at every one: a cut sorts
		t.cut()
	}
}

// cut drops the last texts in alphabetical order until they are few enough.
func (t *Texts) cut() {
	if len(t.counts) <= maxTexts {
		return
	}
	sorted := slices.Sorted(maps.Keys(t.counts))
	for _, text := range sorted[maxTexts:] {
		t.other += t.counts[text]
		delete(t.counts, text)
	}
}

func clip(text string) string {
	if len(text) <= maxTextLen {
		return text
	}
	end := maxTextLen
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

func (t *Texts) merge(o *Texts) {
	if t.counts == nil && len(o.counts) > 0 {
		t.counts = make(map[string]int64, len(o.counts))
	}
	for text, n := range o.counts {
		t.counts[text] += n
	}
	t.other += o.other
	t.cut()
}

// Top lists the n most frequent texts, equal counts in alphabetical order; all
// of them when n is not positive.
func (t *Texts) Top(n int) []Line {
	list := make([]Line, 0, len(t.counts))
	for text, count := range t.counts {
		list = append(list, Line{text, count})
	}
	slices.SortFunc(list, func(a, b Line) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Text, b.Text))
	})
	if n > 0 && n < len(list) {
		list = list[:n]
	}
	return list
}

// Count is how many texts were counted, dropped ones included.
func (t *Texts) Count() int64 {
	n := t.other
	for _, c := range t.counts {
		n += c
	}
	return n
}

type textsJSON struct {
	Top   []Line `json:"top"`
	Other int64  `json:"other,omitempty"`
}

// MarshalJSON writes {"top": [{"text", "count"}…], "other": n}.
func (t Texts) MarshalJSON() ([]byte, error) {
	return json.Marshal(textsJSON{t.Top(0), t.other})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Texts) UnmarshalJSON(data []byte) error {
	var in textsJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*t = Texts{other: in.Other}
	for _, line := range in.Top {
		t.add(line.Text, line.Count)
	}
	t.cut()
	return nil
}
