package qoe

// Outage is the worst time of the token API: seconds in a row in which at least
// half of its calls failed.
type Outage struct {
	From    int64 `json:"fromSeconds"`
	To      int64 `json:"toSeconds"`   // when calls succeeded again, or the end of the run
	Ended   bool  `json:"ended"`       // before the run did
	Calls   int64 `json:"calls"`       // during it
	Retries int64 `json:"retries"`     // of them made because a call had failed or a request was refused
	Lost    int64 `json:"lostViewers"` // whose playback ended against their will from then on
	There   int64 `json:"viewers"`     // who were watching as it began
	// Amplification is refreshes per viewer and second during the outage over those
	// before it; 0 when there were none before.
	Amplification float64 `json:"amplification"`
	// Recovery is the time from the outage's end until failed calls and refused
	// requests were no more than in any second before it. Negative: never.
	Recovery int64 `json:"recoverySeconds"`
}

// leastFailed is how many calls must have failed for an outage: fewer are chance.
const leastFailed = 5

// outage finds the one with the most failed calls.
func (t *Timeline) outage() *Outage {
	from, to, most := 0, 0, int64(leastFailed-1)
	for i := 0; i < len(t.Buckets); i++ {
		if !t.Buckets[i].down() {
			continue
		}
		end, failed := t.downUntil(i)
		if failed > most {
			from, to, most = i, end, failed
		}
		i = end - 1
	}
	if to == 0 {
		return nil
	}
	return t.outageOf(from, to)
}

func (b Bucket) down() bool { return b.FailedCalls > 0 && 2*b.FailedCalls >= b.TokenCalls }

// downUntil is the first bucket from i on in which calls succeed again, and how
// many failed before.
func (t *Timeline) downUntil(i int) (end int, failed int64) {
	for end = i; end < len(t.Buckets); end++ {
		b := t.Buckets[end]
		if b.TokenCalls > 0 && !b.down() {
			break
		}
		failed += b.FailedCalls
	}
	return end, failed
}

func (t *Timeline) outageOf(from, to int) *Outage {
	o := &Outage{From: int64(from) * t.Seconds, To: int64(to) * t.Seconds, Ended: to < len(t.Buckets)}
	for i, b := range t.Buckets {
		if i < from {
			o.There += b.Arrived - b.Left - b.Dead
		} else {
			o.Lost += b.Dead
		}
		if i >= from && i < to {
			o.Calls += b.TokenCalls
			o.Retries += b.Retries
		}
	}
	if before := t.perViewer(t.wholeCyclesBefore(from), from); before > 0 {
		o.Amplification = t.perViewer(from, to) / before
	}
	o.Recovery = t.recovery(from, to)
	return o
}

// wholeCyclesBefore is the bucket from which on whole cycles of refreshes lie
// before the outage: part of one would count its crowd or miss it. Where no cycle
// shows it is the first refresh.
func (t *Timeline) wholeCyclesBefore(outage int) int {
	for i := range outage {
		if t.Buckets[i].refreshes() == 0 {
			continue
		}
		if lag, _ := t.between(i, outage).cycle(); lag > 0 {
			return outage - (outage-i)/lag*lag
		}
		return i
	}
	return outage
}

// perViewer is the number of refreshes per viewer and second in some buckets.
func (t *Timeline) perViewer(from, to int) float64 {
	var refreshes, there, seconds int64
	for i, b := range t.Buckets[:to] {
		there += b.Arrived - b.Left - b.Dead
		if i >= from {
			refreshes += b.refreshes()
			seconds += there * t.Seconds
		}
	}
	if seconds <= 0 {
		return 0
	}
	return float64(refreshes) / float64(seconds)
}

// recovery is how long after the outage it shows. What is left at the very end of
// the run is not over.
func (t *Timeline) recovery(from, to int) int64 {
	trouble := func(b Bucket) int64 { return b.FailedCalls + b.Refused }
	usual, last := int64(0), to-1
	for i, b := range t.Buckets {
		if i < from {
			usual = max(usual, trouble(b))
		} else if i >= to && trouble(b) > usual {
			last = i
		}
	}
	if last+2 >= len(t.Buckets) {
		return -1
	}
	return int64(last+1-to) * t.Seconds
}
