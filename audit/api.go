package audit

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"soak/refresher"
)

// Addresses that nobody has (RFC 5737).
const (
	claimed   = "203.0.113.7" // in client_ip
	forwarded = "203.0.113.8" // in headers of proxies
)

// params are what a call asks for beyond the usual.
type params struct {
	expire    string
	more      string // of the query
	header    map[string]string
	anonymous bool
}

// call asks the token API.
func (a *audit) call(ctx context.Context, p params) (Reply, refresher.Answer, error) {
	address := strings.NewReplacer(
		"{video}", url.QueryEscape(a.cfg.Video), "{type}", a.cfg.Kind.String(), "{expire}", url.QueryEscape(p.expire),
	).Replace(a.cfg.API)
	if p.more != "" {
		joint := "?"
		if strings.Contains(address, "?") {
			joint = "&"
		}
		address += joint + p.more
	}
	q := Question{URL: address, Header: map[string]string{}}
	if !p.anonymous {
		for name, value := range a.cfg.Header {
			q.Header[name] = value
		}
	}
	for name, value := range p.header {
		q.Header[name] = value
	}
	r, err := a.ask(ctx, q)
	if err != nil {
		return Reply{}, refresher.Answer{}, err
	}
	a.apiClock.learn(r)
	answer := refresher.ReadAnswer(r.Status, r.Header, r.Body, a.cfg.Fields)
	answer.Start, answer.End = r.Start, r.End
	return r, answer, nil
}

func (a *audit) usual() params {
	return params{expire: strconv.FormatInt(int64(a.cfg.Life/time.Second), 10)}
}

// good tells whether an answer holds a token.
func good(x refresher.Answer) bool { return x.OK() && x.Problem == nil }

// life is how many seconds a grant has from when it was asked for, by the API's
// clock.
func (a *audit) life(x refresher.Answer) int64 {
	at := x.Start
	if a.apiClock.known {
		at = at.Add(a.apiClock.mid())
	}
	return x.Grant.Expires - at.Unix()
}

// slack is how far lives in whole seconds may be off, in seconds.
const slack = 3

// callAPI looks at the token API; granted tells whether it gives tokens at all.
func (a *audit) callAPI(ctx context.Context) (granted bool, err error) {
	first, answer, err := a.call(ctx, a.usual())
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if !a.judgeAnswer(first, answer) {
		return false, nil
	}
	a.judgeHeaders(first)
	if err := a.clock.Sleep(ctx, time.Second); err != nil { // expiries are whole seconds: these two differ
		return true, nil
	}
	again, second, err := a.call(ctx, a.usual())
	if err == nil && good(second) {
		a.answer = second
	}
	a.judgeAlike(first, again, answer, second, err)
	a.lookAtAuth(ctx)
	a.lookAtExpire(ctx)
	a.lookAtCallerAddress(ctx)
	return true, nil
}

func (a *audit) judgeAnswer(r Reply, x refresher.Answer) bool {
	switch {
	case r.Status == 401 || r.Status == 403:
		if len(a.cfg.Header) == 0 {
			a.add(checkAuth, Pass, "%d without credentials", r.Status)
			a.add(checkAnswer, Unknown, "%d: name the header that viewers send", r.Status)
		} else {
			a.add(checkAnswer, Fail, "%d with the credentials given", r.Status)
		}
		return false
	case !x.OK():
		a.add(checkAnswer, Fail, "%s", x.Detail)
		return false
	case x.Problem != nil:
		a.add(checkAnswer, Fail, "%v", x.Problem)
		return false
	}
	a.answer = x
	parts := []string{"token", "expires in whole seconds"}
	for name, has := range map[string]string{"url": x.URL, "url_ip": x.URLIP} {
		if has != "" {
			parts = append(parts, name)
		}
	}
	if len(parts) == 4 {
		parts = []string{"token", "expires in whole seconds", "url", "url_ip"}
	}
	a.add(checkAnswer, Pass, "JSON with %s", strings.Join(parts, ", "))
	a.longest = a.life(x)
	asked := int64(a.cfg.Life / time.Second)
	switch {
	case !a.takesExpire():
		a.add(checkLife, Pass, "%d s, which the API chooses", a.longest)
	case a.longest < asked-slack:
		a.add(checkLife, Warn, "%d s where %d s were asked for: players that count on more ask late", a.longest, asked)
	case a.longest > asked+slack:
		a.add(checkLife, Warn, "%d s where %d s were asked for: a copied link lives that long", a.longest, asked)
	default:
		a.add(checkLife, Pass, "%d s, as asked for", asked)
	}
	return true
}

func (a *audit) takesExpire() bool { return strings.Contains(a.cfg.API, "{expire}") }

func (a *audit) judgeHeaders(r Reply) {
	pages, inTheirNames := readable(r.Header)
	switch {
	case inTheirNames:
		a.add(checkCORS, Fail, "any site may call it with the cookies of its visitors: it allows every origin that asks, and credentials")
	case !pages:
		a.add(checkCORS, Warn, "pages of another origin cannot read it: no Access-Control-Allow-Origin")
	default:
		a.add(checkCORS, Pass, "pages of other origins can read it")
	}
	switch _, err := http.ParseTime(r.Header.Get("Date")); {
	case err != nil:
		a.add(checkDate, Warn, "no Date: a viewer whose clock is wrong cannot know")
	case pages && !exposes(r.Header, "Date"):
		a.add(checkDate, Warn, "pages cannot read Date: name it in Access-Control-Expose-Headers")
	default:
		a.add(checkDate, Pass, "there, and pages that can read the answer can read it")
	}
	a.judgeCacheControl(r.Header)
}

func (a *audit) judgeCacheControl(h http.Header) {
	text := strings.ToLower(strings.Join(h.Values("Cache-Control"), ", "))
	age := int64(-1)
	var public, private bool
	for item := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		switch name {
		case "no-store", "no-cache":
			a.add(checkCache, Pass, "Cache-Control: %s", text)
			return
		case "public":
			public = true
		case "private":
			private = true
		case "max-age", "s-maxage":
			if n, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 64); err == nil {
				age = max(age, n)
			}
			public = public || name == "s-maxage" && age > 0
		}
	}
	switch {
	case text == "":
		a.add(checkCache, Warn, "no Cache-Control: say no-store, or caches guess")
	case age == 0:
		a.add(checkCache, Pass, "Cache-Control: %s", text)
	case public || !private && age > 0:
		a.add(checkCache, Fail, "Cache-Control: %s: a cache may give one viewer's token to another", text)
	default:
		a.add(checkCache, Warn, "Cache-Control: %s: a browser may give its own old answer again", text)
	}
}

// judgeAlike compares two answers to the same call, more than a second apart.
func (a *audit) judgeAlike(first, again Reply, one, two refresher.Answer, err error) {
	switch hit := strings.ToLower(again.Header.Get("X-Cache")); {
	case err != nil:
		a.add(checkAlike, Unknown, "the second call failed: %v", err)
	case !good(two):
		a.add(checkAlike, Warn, "the second call failed: %s", again.statusText(two))
	case two.Grant != one.Grant:
		a.add(checkAlike, Pass, "a new token for every call")
	case again.Header.Get("Age") != "" || strings.Contains(hit, "hit"):
		a.add(checkAlike, Fail, "the second answer came out of a cache (Age %s): it holds the first caller's token, with the life that is left", or(again.Header.Get("Age"), "unknown"))
	default:
		a.add(checkAlike, Warn, "the same token twice, %.1f s apart: a cache, or expiries on a grid; the life that is left is shorter than asked for", again.Start.Sub(first.Start).Seconds())
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// statusText is what came instead of a token.
func (r Reply) statusText(x refresher.Answer) string {
	if x.Problem != nil {
		return x.Problem.Error()
	}
	return x.Detail
}

func (a *audit) lookAtAuth(ctx context.Context) {
	if len(a.cfg.Header) == 0 {
		a.add(checkAuth, Fail, "anybody who knows the URL gets tokens: no credentials were sent")
		return
	}
	p := a.usual()
	p.anonymous = true
	r, x, err := a.call(ctx, p)
	switch {
	case err != nil:
		a.add(checkAuth, Unknown, "%v", err)
	case good(x):
		a.add(checkAuth, Fail, "anybody who knows the URL gets tokens: the credentials are not looked at")
	case r.Status == 401 || r.Status == 403:
		a.add(checkAuth, Pass, "%d without credentials", r.Status)
	default:
		a.add(checkAuth, Unknown, "without credentials: %s", r.statusText(x))
	}
}

// lookAtCallerAddress tries to have a token bound to an address that is not ours.
func (a *audit) lookAtCallerAddress(ctx context.Context) {
	pretend := params{expire: a.usual().expire, more: "client_ip=" + claimed, header: map[string]string{"X-Forwarded-For": forwarded, "X-Real-IP": forwarded}}
	r, x, err := a.call(ctx, pretend)
	if !a.tellsAddress(r, x, err, checkClientIP, checkForwarded) {
		return
	}
	a.judgeClaimed(x.ClientIP == claimed)
	if x.ClientIP == claimed { // it hides what the headers do
		pretend.more = ""
		if r, x, err = a.call(ctx, pretend); !a.tellsAddress(r, x, err, checkForwarded) {
			return
		}
	}
	if x.ClientIP == forwarded {
		a.add(checkForwarded, Fail, "it believes X-Forwarded-For or X-Real-IP of anybody: a token for any address can be had")
	} else {
		a.add(checkForwarded, Pass, "X-Forwarded-For and X-Real-IP of a caller change nothing")
	}
}

func (a *audit) judgeClaimed(taken bool) {
	if taken {
		a.add(checkClientIP, Fail, "the caller chooses the address: a token for any address can be had")
	} else {
		a.add(checkClientIP, Pass, "the parameter changes nothing")
	}
}

// tellsAddress notes for the checks why nothing can be told, if so.
func (a *audit) tellsAddress(r Reply, x refresher.Answer, err error, for_ ...check) bool {
	why := ""
	switch {
	case err != nil:
		why = err.Error()
	case r.Status == 400:
		for _, c := range for_ {
			a.add(c, Pass, "refused with 400")
		}
		return false
	case !good(x):
		why = r.statusText(x)
	case x.ClientIP == "":
		why = "the answer does not tell which address the token is for"
	default:
		return true
	}
	for _, c := range for_ {
		a.add(c, Unknown, "%s", why)
	}
	return false
}
