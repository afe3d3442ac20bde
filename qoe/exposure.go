package qoe

import "time"

// Copy is what a copied link was worth to who played it.
type Copy struct {
	At     time.Time     // when it was copied
	Life   time.Duration // left in its token then, by the true clock
	Worked time.Duration // from then to the last request that a server granted; 0 when it granted none
	Bytes  int64         // that were granted
	Played time.Duration // media time shown
	Opened int           // how many times the link was opened
}

func (Copy) sample() {}

// Exposure is what copied links were worth, all of them that a group of viewers
// copied. It merges exactly.
type Exposure struct {
	Links   int64 `json:"links"`   // copied
	Exposed int64 `json:"exposed"` // of which anything came
	Opened  int64 `json:"opened"`  // times that links were opened
	// Worked is how long each link went on working from the moment it was copied, 0
	// for one that never did; Beyond what of that was after its own token's end.
	Worked Sketch `json:"worked"`
	Beyond Sketch `json:"beyond"`
	Life   Sketch `json:"life"`   // left in each link's token when it was copied
	Played Sketch `json:"played"` // media time that each link showed
	Bytes  int64  `json:"bytes"`  // that links brought
	Most   int64  `json:"mostBytes"`
}

func (e *Exposure) add(c *Copy) {
	e.Links++
	e.Opened += int64(c.Opened)
	if c.Bytes > 0 {
		e.Exposed++
	}
	e.Worked.Record(c.Worked)
	e.Beyond.Record(max(c.Worked-max(c.Life, 0), 0))
	e.Life.Record(c.Life)
	e.Played.Record(c.Played)
	e.Bytes += c.Bytes
	e.Most = max(e.Most, c.Bytes)
}

func (e *Exposure) merge(o *Exposure) {
	e.Links += o.Links
	e.Exposed += o.Exposed
	e.Opened += o.Opened
	e.Worked.Merge(&o.Worked)
	e.Beyond.Merge(&o.Beyond)
	e.Life.Merge(&o.Life)
	e.Played.Merge(&o.Played)
	e.Bytes += o.Bytes
	e.Most = max(e.Most, o.Most)
}

// exposures are the metrics of copied links.
var exposures = closing(
	count("copied_links", "links copied by viewers who have no token of their own", func(t *Tally) int64 { return t.Exposure.Links }),
	count("exposed_links", "copied links of which anything came", func(t *Tally) int64 { return t.Exposure.Exposed }),
	quantile("exposure_seconds_p50", "how long copied links went on working from the copying on, in seconds: median", 0.50, workedOf),
	quantile("exposure_seconds_p95", "how long copied links went on working from the copying on, in seconds: 95th percentile", 0.95, workedOf),
	extreme("exposure_seconds_max", "how long copied links went on working from the copying on, in seconds: greatest", workedOf, (*Sketch).Max),
	mostOf("exposure_beyond_seconds_max", "how long copied links went on working after their own token's end, in seconds: greatest",
		func(t *Tally) *Sketch { return &t.Exposure.Beyond }),
	mostOf("exposure_played_seconds_max", "media time that copied links showed, in seconds: greatest",
		func(t *Tally) *Sketch { return &t.Exposure.Played }),
	metric{Name: Name{Name: "exposure_megabytes", Help: "bytes that copied links brought, all together / 1,000,000"}, of: func(t *Tally) (float64, bool) {
		return float64(t.Exposure.Bytes) / 1e6, true
	}},
)

// mostOf is the greatest of what has no other metric.
func mostOf(name, help string, of func(*Tally) *Sketch) metric {
	m := extreme(name, help, of, (*Sketch).Max)
	m.sketch = nil
	return m
}

func workedOf(t *Tally) *Sketch { return &t.Exposure.Worked }
