package scenarios

import (
	"slices"

	"soak/lab"
)

// Where a copied link is used.
const (
	FromOther  = "other"  // an address of the leech's own
	FromSame   = "same"   // the address of the viewer it was copied from
	FromForged = "forged" // an address of its own, X-Forwarded-For telling the viewer's
)

// Leech makes the viewers of a cohort play a link that they copied from a viewer of
// another cohort. They have no token of their own and refresh none; their policy
// and their token mean nothing. What becomes of them is counted apart: it is not
// the audience's.
type Leech struct {
	// Of is the name of the cohort whose link is copied: the URL of the manifest (HLS:
	// of a playlist, the audio's excepted) that one of its viewers, who has arrived by
	// then, asked for last.
	Of string `yaml:"of" json:"of"`
	// At is when the link is copied and opened, in scenario time: 20s, uniform(10s, 60s).
	At lab.Distribution `yaml:"at" json:"at"`
	// From is the address at which it is used: same (as the viewer's), other, or forged
	// (other, with the viewer's in X-Forwarded-For). Empty: other.
	From string `yaml:"from,omitempty" json:"from,omitempty"`
	// Refetch opens the link again whenever the player has given up or its picture has
	// stood still for ten seconds, until nothing more comes of it. False: once.
	Refetch bool `yaml:"refetch,omitempty" json:"refetch,omitempty"`
}

// checkLeech looks at who copies from whom.
func (s *Scenario) checkLeech(f *faults, key string, c *Cohort) {
	l := c.Leech
	if l == nil {
		return
	}
	if l.From != "" {
		oneOf(f, key+".leech.from", l.From, FromOther, FromSame, FromForged)
	}
	if l.From != FromSame && !s.Target.onLoopback() {
		f.add(key+".leech.from", "use from: same", notHere)
	}
	switch {
	case l.At.IsZero():
		f.add(key+".leech.at", "write when the link is copied: at: 30s", "is missing")
	case l.At.Least() >= s.Duration:
		f.add(key+".leech.at", "", "%s: the run ends after %s, before anybody copies anything", l.At, short(s.Duration))
	}
	s.checkVictim(f, key, c)
	for _, k := range []struct {
		name  string
		given bool
	}{
		{"start", c.Start != ""}, {"life", len(c.Life) > 0}, {"clock", c.Clock != nil},
		{"token", c.Token != nil}, {"address", c.Address != Address{}},
	} {
		if k.given {
			f.add(key+"."+k.name, "leave it out: they open a link and watch", "means nothing to viewers who play a copied link")
		}
	}
}

// checkVictim looks at whom a cohort copies from: who plays the same, with a token.
func (s *Scenario) checkVictim(f *faults, key string, c *Cohort) {
	var names []string
	for i := range s.Viewers.Mix {
		if s.Viewers.Mix[i].Leech == nil {
			names = append(names, s.Viewers.Mix[i].Name)
		}
	}
	i := slices.IndexFunc(s.Viewers.Mix, func(o Cohort) bool { return o.Name == c.Leech.Of })
	if i < 0 || s.Viewers.Mix[i].Leech != nil {
		oneOf(f, key+".leech.of", c.Leech.Of, names...)
		return
	}
	of := &s.Viewers.Mix[i]
	switch {
	case of.Format() != c.Format():
		f.add(key+".leech.of", "give them a player of the same format", "%s plays %s, and these viewers %s", of.Name, of.Format(), c.Format())
	case of.Stream != c.Stream:
		f.add(key+".stream", "write stream: "+of.Stream, "%s watches %s", of.Name, of.Stream)
	}
}
