package tune

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Shard is one of several processes that share a sweep: each takes some of the grid's
// columns, a policy and a TTL. The zero Shard takes all.
type Shard struct {
	Index int `json:"index"` // from 0
	Of    int `json:"of"`
}

// Validate tells what is no shard.
func (s Shard) Validate() error {
	if s != (Shard{}) && (s.Of < 1 || s.Index < 0 || s.Index >= s.Of) {
		return fmt.Errorf("shard %d of %d: count from 1 to the number of shards", s.Index+1, s.Of)
	}
	return nil
}

// mine tells whether a cell's column is the shard's.
func (s *search) mine(i int) bool {
	policy, _, ttl, _ := s.axes.place(i)
	return s.shard.Of == 0 || (policy*s.axes.ttls+ttl)%s.shard.Of == s.shard.Index
}

// PartSchema names the layout of a part file.
const PartSchema = "soak/tune-part/1"

// Part is what one process counted. An answer that is given the parts of all of them
// counts nothing twice, and is the same to the byte as that of one process alone.
type Part struct {
	Schema  string   `json:"schema"`
	Config  Config   `json:"config"`
	Samples []Sample `json:"samples"`
}

// Sample is what viewers From ≤ n < To of a cell came to.
type Sample struct {
	Choice
	From  int   `json:"from"`
	To    int   `json:"to"`
	Tally Tally `json:"tally"`
}

// span is which viewers of which cell.
type span struct {
	Choice
	from, to int
}

// Write writes a part file.
func (p *Part) Write(w io.Writer) error {
	p.Schema = PartSchema
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return fmt.Errorf("part: %w", err)
	}
	return nil
}

// ReadPart reads a part file.
func ReadPart(r io.Reader) (*Part, error) {
	p := new(Part)
	if err := json.NewDecoder(r).Decode(p); err != nil {
		return nil, fmt.Errorf("part: %w", err)
	}
	if p.Schema != PartSchema {
		return nil, fmt.Errorf("part has schema %.40q, want %q: is it of soak tune --shard?", p.Schema, PartSchema)
	}
	return p, nil
}

// known gathers the samples of parts, which must be of the same question.
func known(c Config, parts []*Part) (map[span]Tally, error) {
	all := map[span]Tally{}
	for i, p := range parts {
		same, err := c.asks(p.Config)
		if err != nil {
			return nil, err
		}
		if !same {
			return nil, fmt.Errorf("part %d is of another question: ask with the same scenario, flags and seed", i+1)
		}
		for _, s := range p.Samples {
			if s.Tally.Viewers != int64(s.To-s.From) || s.To <= s.From {
				return nil, fmt.Errorf("part %d: %d viewers from %d to %d of %v: the file was edited", i+1, s.Tally.Viewers, s.From, s.To, s.Choice)
			}
			all[span{s.Choice, s.From, s.To}] = s.Tally
		}
	}
	return all, nil
}

// asks tells whether two configurations are the same question, whatever the budget.
func (c Config) asks(o Config) (bool, error) {
	c.Budget, o.Budget = Budget{}, Budget{}
	a, errA := json.Marshal(c)
	b, errB := json.Marshal(o)
	return string(a) == string(b), errors.Join(errA, errB)
}

// part is all samples that were taken, in their order.
func (s *samples) part(c Config) *Part {
	return &Part{Schema: PartSchema, Config: c, Samples: slices.Clone(s.taken)}
}
