package fidelity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Row is one pair of the side-by-side table.
type Row struct {
	Pair    string `json:"pair"`
	Title   string `json:"title"`
	Player  string `json:"player"`
	Browser string `json:"browser"`
	Plays   int    `json:"plays"` // of the real player
	Cells   []Cell `json:"cells"`
}

// count is how many cells there are, and how many of them miss.
func count(rows []Row) (cells, misses int) {
	for _, r := range rows {
		cells += len(r.Cells)
		misses += r.misses()
	}
	return cells, misses
}

func (r Row) misses() int {
	n := 0
	for _, c := range r.Cells {
		if !c.OK {
			n++
		}
	}
	return n
}

// Markdown is the table for people: an overview, then each pair side by side.
func Markdown(rows []Row) string {
	var b strings.Builder
	cells, misses := count(rows)
	b.WriteString("# The real players and our profiles of them\n\n")
	fmt.Fprintf(&b, "%d pairs, %d cells, %d agree, %d miss. A pair is one scenario with one viewer, played by the real player in a\n"+
		"browser and by our profile in virtual time from the same instant. Written by `go test ./e2e/fidelity -run PairsAgree -update`.\n\n",
		len(rows), cells, cells-misses, misses)
	b.WriteString("| pair | player | plays | final state | cells | misses |\n|---|---|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %d | %s | %d | %s |\n",
			r.Pair, r.Pair, r.Player, r.Plays, r.final(), len(r.Cells), r.missed())
	}
	for _, r := range rows {
		r.markdown(&b)
	}
	return b.String()
}

// final is the final state as the overview shows it.
func (r Row) final() string {
	c := r.Cells[0]
	if c.Truth == c.Model {
		return c.Truth
	}
	return c.Truth + "; profile: " + c.Model
}

// missed names the measures that miss.
func (r Row) missed() string {
	var names []string
	for _, c := range r.Cells {
		if !c.OK {
			names = append(names, c.Measure)
		}
	}
	return strings.Join(names, ", ")
}

func (r Row) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n%s. %s in %s.\n\n", r.Pair, r.Title, r.Player, r.Browser)
	b.WriteString("| measure | real player | profile | tolerance | |\n|---|---|---|---|---|\n")
	for _, c := range r.Cells {
		verdict := "ok"
		if !c.OK {
			verdict = "**miss**: " + c.Why
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", c.Measure, c.Truth, c.Model, c.Tolerance, verdict)
	}
}

// JSON is the table for programs.
func JSON(rows []Row) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(rows)
	return b.Bytes(), err
}
