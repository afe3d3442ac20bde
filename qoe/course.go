package qoe

import "time"

// MaxSlots bounds a course: a chart shows no more.
const MaxSlots = 240

// Course is how viewers stood as the run went on, and how long refreshes took then:
// distributions over time, where a [Timeline] has counts. Slots are as wide as those of
// a timeline: a second, or as many times two as keeps them fewer than [MaxSlots]. The
// width depends on the latest event only. The zero Course is empty.
type Course struct {
	Seconds int64  `json:"seconds"` // width of a slot, a power of two; 0 while empty
	Slots   []Slot `json:"slots"`
}

// Slot is one slice of a course. Viewers are those who were asked how they stand, each
// once in a slot if they were asked every [CourseStep].
type Slot struct {
	Starting int64 `json:"starting,omitempty"`
	Playing  int64 `json:"playing,omitempty"`
	Stalled  int64 `json:"stalled,omitempty"`
	Seeking  int64 `json:"seeking,omitempty"`
	Paused   int64 `json:"paused,omitempty"`
	Asleep   int64 `json:"asleep,omitempty"`
	Ended    int64 `json:"ended,omitempty"`
	Dead     int64 `json:"dead,omitempty"`

	Buffer  Histogram `json:"buffer,omitzero"`  // milliseconds, of those who play, stall or seek
	BitRate Histogram `json:"bitRate,omitzero"` // kbit/s, of those whose picture moves
	Latency Histogram `json:"latency,omitzero"` // milliseconds, of those who play or stall live
	Refresh Histogram `json:"refresh,omitzero"` // milliseconds that calls of the token API took, of all viewers
}

// CourseStep is how often viewers are best asked how they stand in a run that lasts so
// long: once in each slot.
func CourseStep(run time.Duration) time.Duration {
	step := time.Second
	for run/step >= MaxSlots {
		step *= 2
	}
	return step
}

// Of is how many viewers were in a phase.
func (s *Slot) Of(p Phase) int64 {
	if n := s.of(p); n != nil {
		return *n
	}
	return 0
}

func (s *Slot) of(p Phase) *int64 {
	all := [NumPhases]*int64{&s.Starting, &s.Playing, &s.Stalled, &s.Seeking, &s.Paused, &s.Asleep, &s.Ended, &s.Dead}
	if int(p) >= NumPhases {
		return nil
	}
	return all[p]
}

// Asked is how many viewers were asked.
func (s *Slot) Asked() (n int64) {
	for p := range Phase(NumPhases) {
		n += s.Of(p)
	}
	return n
}

func (s *Slot) stands(v *Standing) {
	n := s.of(v.Phase)
	if n == nil {
		return
	}
	*n++
	switch v.Phase {
	case Playing, Stalled:
		if v.Latency > 0 {
			s.Latency.record(v.Latency.Milliseconds())
		}
		if v.Phase == Playing && v.BitRate > 0 {
			s.BitRate.record(v.BitRate / 1000)
		}
		s.Buffer.record(v.Buffer.Milliseconds())
	case Seeking:
		s.Buffer.record(v.Buffer.Milliseconds())
	}
}

func (s *Slot) merge(o *Slot) {
	for p := range Phase(NumPhases) {
		*s.of(p) += o.Of(p)
	}
	s.Buffer.merge(&o.Buffer)
	s.BitRate.merge(&o.BitRate)
	s.Latency.merge(&o.Latency)
	s.Refresh.merge(&o.Refresh)
}

// at returns the slot of the instant d after the start; what happened before the start
// falls into the first.
func (c *Course) at(d time.Duration) *Slot {
	if c.Seconds == 0 {
		c.Seconds = 1
	}
	sec := int64(max(d, 0) / time.Second)
	for sec/c.Seconds >= MaxSlots {
		c.double()
	}
	i := int(sec / c.Seconds)
	for len(c.Slots) <= i {
		c.Slots = append(c.Slots, Slot{})
	}
	return &c.Slots[i]
}

func (c *Course) double() {
	c.Seconds *= 2
	for i := range c.Slots {
		if i%2 == 0 {
			c.Slots[i/2] = c.Slots[i]
		} else {
			c.Slots[i/2].merge(&c.Slots[i])
		}
	}
	half := (len(c.Slots) + 1) / 2
	clear(c.Slots[half:]) // what they point to belongs to others now
	c.Slots = c.Slots[:half]
}

func (c *Course) merge(o *Course) {
	for i := range o.Slots {
		c.at(time.Duration(int64(i)*o.Seconds) * time.Second).merge(&o.Slots[i])
	}
}
