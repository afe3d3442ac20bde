package scenarios

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"soak/lab"
	"soak/player"
	"soak/refresher"
)

const (
	maxDuration = 7 * 24 * time.Hour
	maxViewers  = 1_000_000
	maxCohorts  = 200
	maxTTL      = 30 * 24 * time.Hour
)

// faults collects what is wrong.
type faults []error

func (f *faults) add(key, hint, format string, args ...any) {
	*f = append(*f, &Error{Key: key, Problem: fmt.Sprintf(format, args...), Hint: hint})
}

// secret is add for a value that may be a secret: it is not repeated.
func (f *faults) secret(key, hint, problem string) {
	*f = append(*f, &Error{Key: key, Problem: problem, Hint: hint, secret: true})
}

// Validate says what is wrong with the scenario, one *Error a key, joined. It
// looks at values only: not at files, the network or the environment. Trace files
// must have been read.
func (s Scenario) Validate() error {
	f := s.faults()
	for i, c := range s.Viewers.Mix {
		if c.Link.Trace != "" && len(c.Link.Steps) == 0 {
			f.add(fmt.Sprintf("viewers.mix[%d].link.trace", i), "", "%.80q has not been read", c.Link.Trace)
		}
	}
	return errors.Join(f...)
}

func (s *Scenario) faults() (f faults) {
	s.checkHead(&f)
	s.Target.check(&f, s.Viewers.Mix)
	s.checkViewers(&f)
	s.checkArrival(&f)
	s.checkVisit(&f)
	s.Token.check(&f, "token")
	for i := range s.Viewers.Mix {
		s.checkCohort(&f, i)
	}
	s.checkThresholds(&f)
	s.checkExpect(&f)
	return f
}

func scenarioName(name string) bool {
	return lab.Word(name, "._-", 64) && strings.IndexByte("._-", name[0]) < 0
}

func (s *Scenario) checkHead(f *faults) {
	switch {
	case s.Version == 0:
		f.add("version", "write version: 1", "is missing")
	case s.Version != Version:
		f.add("version", "", "%d is not known here; this program reads version %d", s.Version, Version)
	}
	if s.Name != "" && !scenarioName(s.Name) {
		f.add("name", "use up to 64 letters, digits, dots, hyphens and underscores", "%.80q cannot be part of a file name", s.Name)
	}
	if s.Group != "" && !scenarioName(s.Group) {
		f.add("group", "use up to 64 letters, digits, dots, hyphens and underscores", "%.80q is no name of a group", s.Group)
	}
	if s.Hazard != "" && !hazardNumber.MatchString(s.Hazard) {
		f.add("hazard", "write an H and two digits: H14", "%.80q is no number of a hazard", s.Hazard)
	}
	if s.Transport != "" {
		oneOf(f, "transport", s.Transport, AutoTransport, LeanTransport, NetTransport)
	}
	if s.Duration <= 0 || s.Duration > maxDuration {
		f.add("duration", "", "%s: must be above 0s and at most %s", s.Duration, short(maxDuration))
	}
	if at := s.Start.Unix(); !s.Start.IsZero() && (at < 1e9 || at >= 1e10) {
		f.add("start", "", "%s: use a date from 2001-09-10 to 2286-11-20, when Unix seconds have ten digits", s.Start.UTC().Format(time.RFC3339))
	}
}

func (s *Scenario) checkViewers(f *faults) {
	switch n := s.Viewers.Count; {
	case n == 0:
		f.add("viewers.count", "write how many watch: viewers: {count: 60}", "is 0: nobody would watch")
	case n < 0 || n > maxViewers:
		f.add("viewers.count", "", "%d: must be from 1 to %d", n, maxViewers)
	}
	switch n := len(s.Viewers.Mix); {
	case n == 0:
		f.add("viewers.mix", "leave it out for the default mix, or list cohorts", "is empty: nobody would watch")
	case n > maxCohorts:
		f.add("viewers.mix", "", "has %d cohorts, at most %d are told apart", n, maxCohorts)
	}
	seen := make(map[string]int)
	for i, c := range s.Viewers.Mix {
		if first, twice := seen[c.Name]; twice && c.Name != "" {
			f.add(fmt.Sprintf("viewers.mix[%d].name", i), "", "%.60q is the name of mix[%d] too", c.Name, first)
			continue
		}
		seen[c.Name] = i
	}
}

func (s *Scenario) checkCohort(f *faults, i int) {
	c := &s.Viewers.Mix[i]
	key := fmt.Sprintf("viewers.mix[%d]", i)
	if len(c.Name) > 80 || strings.ContainsFunc(c.Name, func(r rune) bool { return r < ' ' }) {
		f.add(key+".name", "", "%.60q: use one line of at most 80 bytes", c.Name)
	}
	if !(c.Share > 0) || math.IsInf(c.Share, 0) {
		f.add(key+".share", "", "%v: must be above 0", c.Share)
	}
	checkPlayer(f, key+".player", c.Player)
	checkPolicy(f, key+".policy", c.Policy)
	if err := c.Link.Validate(); err != nil {
		f.add(key+".link", "", "%v", err)
	}
	oneOf(f, key+".stream", c.Stream, Live, VOD)
	s.checkLife(f, key, c)
	s.checkAddress(f, key, c)
	s.checkLeech(f, key, c)
	if s.TokenOf(c) != s.Token {
		s.TokenOf(c).check(f, key+".token")
	}
	if c.Token != nil && c.Token.Lead != nil && c.Policy.Lead != nil && *c.Token.Lead != *c.Policy.Lead {
		f.add(key+".token.lead", "keep one of the two", "%s contradicts the policy's lead of %s", *c.Token.Lead, *c.Policy.Lead)
	}
}

func (s *Scenario) checkArrival(f *faults) {
	a := s.Arrival
	oneOf(f, "arrival.kind", a.Kind, Once, Ramp, Poisson)
	switch {
	case a.Kind == Ramp && a.Over <= 0:
		f.add("arrival.over", "write how long the ramp lasts: over: 5s", "%s: a ramp takes time", a.Over)
	case a.Kind == Ramp && a.Over > s.Duration:
		f.add("arrival.over", "", "%s: the run ends after %s, before all have come", a.Over, s.Duration)
	case a.Kind == Poisson && !(a.Rate > 0 && a.Rate <= maxViewers):
		f.add("arrival.rate", "write how many come in a second: rate: 5", "%v: must be above 0 and at most %d", a.Rate, maxViewers)
	}
}

func (t Token) check(f *faults, key string) {
	switch {
	case t.TTL < time.Second || t.TTL > maxTTL || t.TTL%time.Second != 0:
		f.add(key+".ttl", "", "%s: use whole seconds, from 1s to %s", t.TTL, short(maxTTL))
	case t.Lead < 0:
		f.add(key+".lead", "0s asks for the next token when the old one expires", "%s: must not be negative", t.Lead)
	case t.Lead >= t.TTL:
		f.add(key+".lead", "a refresh would be due before its token arrives: use a lead below the ttl", "%s is not below the ttl of %s", t.Lead, t.TTL)
	}
	oneOf(f, key+".mode", t.Mode, Plain, IP)
	if !(t.RateLimit >= 0 && t.RateLimit <= maxViewers) {
		f.add(key+".rateLimit", "leave it out if nothing limits the token API", "%v: must be above 0 and at most %d calls a second", t.RateLimit, maxViewers)
	}
}

func oneOf(f *faults, key, value string, known ...string) {
	if !slices.Contains(known, value) {
		f.add(key, didYouMean(value, known), "%.60q is not known", value)
	}
}

// checkPlayer makes a player, which looks at its options and does nothing else
// before it is started.
func checkPlayer(f *faults, key string, c player.Config) {
	if profiles := []string{player.HLSJS, player.DashJS, player.Generic}; !slices.Contains(profiles, c.Profile) {
		oneOf(f, key+".profile", c.Profile, profiles...)
	} else if c.Wrapper != "" && c.Wrapper != player.Gcore {
		oneOf(f, key+".wrapper", c.Wrapper, player.Gcore)
	} else if _, err := player.New(c, nil, "https://edge.invalid/", rand.New(rand.NewPCG(0, 0))); err != nil {
		f.add(key, "", "%s", strings.TrimPrefix(err.Error(), "player: "))
	}
}

func checkPolicy(f *faults, key string, p refresher.Policy) {
	var hooks []string
	for _, h := range refresher.Hooks() {
		hooks = append(hooks, string(h))
	}
	if _, err := refresher.Builtin(p.Name); err != nil {
		f.add(key, didYouMean(p.Name, policyNames()), "%.60q is no policy", p.Name)
	} else if hook := string(p.Hook); hook != "" && !slices.Contains(hooks, hook) {
		oneOf(f, key+".hook", hook, hooks...)
	} else if err := p.Validate(); err != nil {
		f.add(key, "", "%v", err)
	}
}

func (s *Scenario) checkThresholds(f *faults) {
	for i, t := range s.Thresholds {
		key := fmt.Sprintf("thresholds[%d]", i)
		t.check(f, key, s.Duration)
		s.checkCohortName(f, key+".cohort", t.Cohort)
	}
}

// checkCohortName wants a cohort of this scenario, or none.
func (s *Scenario) checkCohortName(f *faults, key, name string) {
	if name == "" || s.Cohort(name) != nil {
		return
	}
	var names []string
	for _, c := range s.Viewers.Mix {
		names = append(names, c.Name)
	}
	f.add(key, didYouMean(name, names), "%.60q is no cohort of this scenario", name)
}

// check looks at the expression and at when it is judged in a run of that length.
func (t Threshold) check(f *faults, key string, run time.Duration) {
	var w *wrong
	if _, _, err := t.compile(); errors.As(err, &w) {
		*f = append(*f, &Error{Key: key, Problem: w.problem, Hint: w.hint, excerpt: w.excerpt()})
	}
	switch {
	case t.After < 0 || t.After > 0 && t.After >= run:
		f.add(key+".after", "", "%s: must be within the run's %s", t.After, run)
	case t.After > 0 && !t.AbortOnFail:
		f.add(key+".after", "add abortOnFail: true, or leave it out: at the end every threshold is judged", "says when to look, but nothing is looked at before the end")
	}
}

// check looks at the target on behalf of the audience.
func (t *Target) check(f *faults, mix []Cohort) {
	if t.Lab != nil {
		t.checkLab(f)
	}
	if t.Embedded() {
		return
	}
	switch {
	case t.Lab != nil:
		f.add("target", "leave lab out to play a stream out there, or the rest to play the lab", "is both the lab and something out there")
	case t.TokenAPI != nil && t.Sign != nil:
		f.add("target", "keep one of the two", "has both a tokenApi and sign")
	case t.Fixed && (t.TokenAPI != nil || t.Sign != nil):
		f.add("target.fixed", "leave out fixed, or the source of tokens", "plays the url as it stands, but there is a source of tokens too")
	case t.Fixed && t.URL == "":
		f.add("target.fixed", "name the url", "there is no url to play as it stands")
	case t.TokenAPI == nil && t.Sign == nil && !t.Fixed:
		f.add("target", "add tokenApi with its url, or sign with client and secretEnv; or fixed: true, which plays the url as it stands", "has a url but no source of tokens")
	}
	if t.Sign != nil {
		t.Sign.check(f, t)
	}
	if t.TokenAPI != nil {
		t.TokenAPI.check(f)
	}
	if t.URL != "" {
		checkURL(f, "target.url", t.URL)
	}
	t.checkVideos(f, mix)
}

// checkLab puts the lab's own errors, one a field, under their keys.
func (t *Target) checkLab(f *faults) {
	err := t.Lab.Validate()
	if err == nil {
		return
	}
	if t.Lab.Secret != "" {
		f.secret("target.lab.secret", "leave it out: the lab makes one from the seed", "secrets do not stand in scenarios")
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		key := "target.lab"
		field, problem, ok := strings.Cut(line, " ")
		if first, _, _ := strings.Cut(field, "."); ok && isLabKey(first) {
			key, line = key+"."+strings.TrimSuffix(field, ":"), problem
		}
		f.add(key, "", "%s", line)
	}
}

var variable = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

func checkVariable(f *faults, key, name string) {
	if !variable.MatchString(name) {
		f.secret(key, "put the secret into a variable and name it here: SOAK_SECRET", "is not the name of an environment variable (capitals, digits, underscores)")
	}
}

func (s *Sign) check(f *faults, t *Target) {
	if s.Client == "" {
		f.add("target.sign.client", "write the account id that stands in the stream's path", "is missing")
	}
	checkVariable(f, "target.sign.secretEnv", s.SecretEnv)
	if t.URL == "" {
		f.add("target.url", "write the url of the stream, any token in its place", "is missing: nothing says what to play")
	}
}

func (a *TokenAPI) check(f *faults) {
	const key = "target.tokenApi"
	if a.URL == "" {
		f.add(key+".url", "write https://backend/token?video={video}&type={type}&expire={expire}", "is missing")
	} else {
		checkURL(f, key+".url", placeholder.ReplaceAllString(a.URL, "x"))
	}
	for _, m := range placeholder.FindAllStringSubmatch(a.URL, -1) {
		oneOf(f, key+".url", m[1], "video", "type", "expire")
	}
	for _, header := range slices.Sorted(maps.Keys(a.Headers)) {
		checkVariable(f, join(key+".headers", header), a.Headers[header])
	}
}

var placeholder = regexp.MustCompile(`\{([^{}/]*)\}`)

// checkVideos asks for the names of streams where tokens depend on them.
func (t *Target) checkVideos(f *faults, mix []Cohort) {
	if t.Sign == nil && (t.TokenAPI == nil || !strings.Contains(t.TokenAPI.URL, "{video}")) {
		return
	}
	for _, c := range mix {
		if c.Stream == Live && t.Videos.Live == "" || c.Stream == VOD && t.Videos.VOD == "" {
			f.add("target.videos."+c.Stream, "write the stream's name, or leave cohorts with stream: "+c.Stream+" out of the mix",
				"is missing, and cohort %s watches it", c.Name)
			return
		}
	}
}

func checkURL(f *faults, key, text string) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		f.add(key, "", "is not a URL: %s", strings.TrimPrefix(errors.Unwrap(err).Error(), "net/url: "))
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		f.add(key, "write it from http:// or https:// on", "%.80q is not an absolute http URL", u.Redacted())
	case u.User != nil:
		f.secret(key, "name variables under tokenApi.headers instead: {Authorization: SOAK_AUTH}", "secrets do not stand in scenarios")
	}
}

func isLabKey(name string) bool {
	name, _, _ = strings.Cut(strings.TrimSuffix(name, ":"), "[")
	return slices.Contains(keysOf(reflect.TypeFor[lab.Config]()), name)
}
