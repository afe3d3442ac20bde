package qoe

// Merged is what shards know together now: what one gets by merging their summaries,
// at a fourth of the cost. Tallies are large, and are copied once for each cohort and
// once for the total.
func Merged(shards ...*Shard) *Summary {
	sum := &Summary{Version: SummaryVersion}
	cohorts := map[Labels]*Tally{}
	for _, s := range shards {
		s.into(sum, cohorts)
	}
	if len(cohorts) > 0 {
		sum.Cohorts = make([]Cohort, 0, len(cohorts)) // growing would copy them again and again
	}
	for l, t := range cohorts {
		sum.add(l, t)
	}
	sum.sort()
	return sum
}

// into adds what the shard knows: to the tallies by cohort, and all else to sum.
func (s *Shard) into(sum *Summary, cohorts map[Labels]*Tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum.Timeline.merge(&s.timeline)
	sum.Course.merge(&s.course)
	sum.Bursts.merge(&s.bursts)
	for l, t := range s.cohorts {
		if cohorts[l] == nil {
			cohorts[l] = new(Tally)
		}
		cohorts[l].Merge(t)
	}
	sum.Worst = append(sum.Worst, s.worst...)
	sum.Ordinary = append(sum.Ordinary, s.ordinary...)
}
