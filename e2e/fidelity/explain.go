package fidelity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Explanation says why a profile does not do what the real player does.
type Explanation struct {
	Pair    string `yaml:"pair"`
	Measure string `yaml:"measure"`
	Why     string `yaml:"why"` // one sentence
}

// ReadExplanations reads explained.yaml: a list of explanations.
func ReadExplanations(data []byte) ([]Explanation, error) {
	var all []Explanation
	if err := yaml.UnmarshalWithOptions(data, &all, yaml.DisallowUnknownField()); err != nil {
		return nil, fmt.Errorf("explanations: %w", err)
	}
	for i, e := range all {
		if e.Pair == "" || e.Measure == "" || strings.TrimSpace(e.Why) == "" {
			return nil, fmt.Errorf("explanation %d: pair, measure and why must all be given", i+1)
		}
	}
	return all, nil
}

// Explain writes into each miss why it is one, and complains, a line each, about
// misses that nobody explained and explanations of what is no miss.
func Explain(rows []Row, all []Explanation) (complaints []string) {
	used := make([]bool, len(all))
	for r := range rows {
		for c := range rows[r].Cells {
			cell := &rows[r].Cells[c]
			if cell.OK {
				continue
			}
			i := slices.IndexFunc(all, func(e Explanation) bool { return e.Pair == rows[r].Pair && e.Measure == cell.Measure })
			if i < 0 {
				complaints = append(complaints, fmt.Sprintf("%s, %s: %s really, %s by the profile (allowed: %s); mend the profile, or explain it in explained.yaml",
					rows[r].Pair, cell.Measure, cell.Truth, cell.Model, cell.Tolerance))
				continue
			}
			cell.Why, used[i] = all[i].Why, true
		}
	}
	for i, e := range all {
		if !used[i] {
			complaints = append(complaints, fmt.Sprintf("%s, %s: explained, but it is no miss; take the explanation out", e.Pair, e.Measure))
		}
	}
	return complaints
}
