package scenarios

import (
	"fmt"
	"reflect"
	"strings"

	"soak/lab"
	"soak/player"
	"soak/refresher"
)

// settle draws the conclusions of what was set: a target out there takes the
// place of the default lab, cohorts get names.
func (s *Scenario) settle() {
	if !s.Target.Embedded() && reflect.DeepEqual(s.Target.Lab, defaultLab()) {
		s.Target.Lab = nil
	}
	if s.Target == (Target{}) {
		s.Target.Lab = &lab.Config{}
	}
	s.name()
}

// name gives every cohort without a name one made of what it is.
func (s *Scenario) name() {
	auto := autoNames(s.Viewers.Mix)
	for i := range s.Viewers.Mix {
		if s.Viewers.Mix[i].Name == "" {
			s.Viewers.Mix[i].Name = auto[i]
		}
	}
}

// unname takes away the names that name gave, so that they follow changes.
func (s *Scenario) unname() {
	auto := autoNames(s.Viewers.Mix)
	for i := range s.Viewers.Mix {
		if s.Viewers.Mix[i].Name == auto[i] {
			s.Viewers.Mix[i].Name = ""
		}
	}
}

// autoNames are player/policy/link, with /vod for VOD and a number for twins. A
// hook that is not the policy's own stands behind it.
func autoNames(mix []Cohort) []string {
	names := make([]string, len(mix))
	seen := make(map[string]int)
	for i := range mix {
		c := &mix[i]
		policy := policyName(&c.Policy)
		if c.Leech != nil {
			policy = "leech"
		}
		names[i] = strings.Join([]string{playerName(&c.Player), policy, c.Link.Name}, "/")
		if c.Stream == VOD {
			names[i] += "/vod"
		}
		if seen[names[i]]++; seen[names[i]] > 1 {
			names[i] = fmt.Sprintf("%s-%d", names[i], seen[names[i]])
		}
	}
	return names
}

func playerName(p *player.Config) string {
	name := p.Profile + p.Version
	if p.Profile == player.Generic {
		name += p.Generic.Format
	}
	if p.Wrapper != "" {
		name = p.Wrapper + "-" + name
	}
	return name
}

func policyName(p *refresher.Policy) string {
	if built, err := refresher.Builtin(p.Name); err == nil && p.Hook != built.Hook {
		return p.Name + "+" + string(p.Hook)
	}
	return p.Name
}
