package refresher

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"soak/qoe"
	"soak/token"
)

const guideAnswer = `{"token":"rI1224fiE3USCa8q","token_ip":"9y9nJqRofJQw-DbX","client_ip":"203.0.113.42","expires":1700000060,` +
	`"url":"https://demo.example/videos/2675_film/rI1224fiE3USCa8q/1700000060/master.m3u8",` +
	`"url_ip":"https://demo-ip.example/videos/2675_film/9y9nJqRofJQw-DbX/1700000060/master.m3u8"}`

func TestDecodeAnswer(t *testing.T) {
	g := token.Grant{Token: "tok", Expires: 1700000060}
	rows := []struct {
		why, body string
		want      token.Grant
		err       error
		failure   qoe.Failure // of the call, which even a script notices
		seconds   float64     // what a script counts with, for problems
	}{
		{"the guide's", `{"token":"tok","expires":1700000060}`, g, nil, "", 0},
		{"digits in quotes", `{"token":"tok","expires":"1700000060"}`, g, nil, "", 0},
		{"no token", `{"expires":1700000060}`, token.Grant{}, ErrNoToken, "", 1700000060},
		{"empty token", `{"token":"","expires":1700000060}`, token.Grant{}, ErrNoToken, "", 1700000060},
		{"token that breaks out of its segment", `{"token":"a/../b","expires":1700000060}`, token.Grant{}, ErrBadToken, "", 1700000060},
		{"no expires", `{"token":"tok"}`, token.Grant{}, ErrNoExpires, "", math.NaN()},
		{"null expires is 0 to a script", `{"token":"tok","expires":null}`, token.Grant{}, ErrNoExpires, "", 0},
		{"ISO date", `{"token":"tok","expires":"2026-01-01T00:00:00Z"}`, token.Grant{}, ErrBadExpires, "", math.NaN()},
		{"the text NaN", `{"token":"tok","expires":"NaN"}`, token.Grant{}, ErrBadExpires, "", math.NaN()},
		{"a fraction", `{"token":"tok","expires":1700000060.5}`, token.Grant{}, ErrBadExpires, "", 1700000060.5},
		{"before 1970", `{"token":"tok","expires":-1}`, token.Grant{}, ErrBadExpires, "", -1},
		{"an object", `{"token":"tok","expires":{}}`, token.Grant{}, ErrBadExpires, "", math.NaN()},
		{"milliseconds", `{"token":"tok","expires":1700000060000}`, token.Grant{}, ErrMilliseconds, "", 1700000060000},
		{"beyond a double", `{"token":"tok","expires":1e999}`, token.Grant{}, ErrBadExpires, "", math.Inf(1)},
		{"the bare word NaN is no JSON", `{"token":"tok","expires":NaN}`, token.Grant{}, ErrNotJSON, qoe.BodyFailure, 0},
		{"a web page", "\n<!doctype html><html>", token.Grant{}, ErrHTML, qoe.BodyFailure, 0},
		{"cut off", guideAnswer[:80], token.Grant{}, ErrTruncated, qoe.BodyFailure, 0},
		{"nothing", "", token.Grant{}, ErrTruncated, qoe.BodyFailure, 0},
		{"an array", `[1]`, token.Grant{}, ErrNotJSON, qoe.BodyFailure, 0},
		{"null", `null`, token.Grant{}, ErrNotJSON, qoe.BodyFailure, 0},
		{"two values", `{"token":"tok","expires":1700000060}{}`, token.Grant{}, ErrNotJSON, qoe.BodyFailure, 0},
	}
	for _, r := range rows {
		a, err := DecodeAnswer([]byte(r.body), Fields{})
		if a.Grant != r.want || !errors.Is(err, r.err) || a.Failure != r.failure || a.OK() == (r.failure != "") {
			t.Errorf("%s: DecodeAnswer(%s) = %+v, %v; want %v, %v, failure %q", r.why, r.body, a, err, r.want, r.err, r.failure)
		}
		if (a.Problem != nil) != (a.Literal != nil) || a.Literal != nil && fmt.Sprint(a.Literal.Seconds) != fmt.Sprint(r.seconds) {
			t.Errorf("%s: problem %v, a script sees %+v; want seconds %v", r.why, a.Problem, a.Literal, r.seconds)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error of several lines: %v", r.why, err)
		}
	}
}

func TestDecodeAnswerFields(t *testing.T) {
	a, err := DecodeAnswer([]byte(guideAnswer), Fields{})
	want := Answer{
		Grant: token.Grant{Token: "rI1224fiE3USCa8q", Expires: 1700000060}, TokenIP: "9y9nJqRofJQw-DbX", ClientIP: "203.0.113.42",
		URL:   "https://demo.example/videos/2675_film/rI1224fiE3USCa8q/1700000060/master.m3u8",
		URLIP: "https://demo-ip.example/videos/2675_film/9y9nJqRofJQw-DbX/1700000060/master.m3u8",
	}
	if a != want || err != nil {
		t.Errorf("the guide's answer = %+v, %v; want %+v", a, err, want)
	}
	a, err = DecodeAnswer([]byte(`{"data":{"jwt":"tok","exp":1700000060},"play.url":"u"}`), Fields{Token: "data.jwt", Expires: "data.exp", URL: "play.url"})
	if a.Grant != (token.Grant{Token: "tok", Expires: 1700000060}) || a.URL != "u" || err != nil {
		t.Errorf("mapped answer = %+v, %v", a, err)
	}
}

func TestReadAnswer(t *testing.T) {
	const date = "Tue, 14 Nov 2023 22:13:20 GMT"
	rows := []struct {
		why    string
		status int
		after  string
		want   qoe.Failure
		wait   time.Duration
	}{
		{"fine", 200, "", "", 0},
		{"busy for 7 s", 429, "7", qoe.StatusFailure, 7 * time.Second},
		{"back at a time, by the API's own clock", 503, "Tue, 14 Nov 2023 22:13:30 GMT", qoe.StatusFailure, 10 * time.Second},
		{"back in the past", 503, "Tue, 14 Nov 2023 22:13:10 GMT", qoe.StatusFailure, 0},
		{"nonsense", 503, "soon", qoe.StatusFailure, 0},
	}
	for _, r := range rows {
		h := http.Header{"Date": {date}, "Retry-After": {r.after}}
		a := ReadAnswer(r.status, h, []byte(guideAnswer), Fields{})
		if a.Status != r.status || a.Failure != r.want || a.RetryAfter != r.wait || !a.Date.Equal(epoch) {
			t.Errorf("%s: ReadAnswer(%d, %q) = %+v; want failure %q, wait %v", r.why, r.status, r.after, a, r.want, r.wait)
		}
	}
}

// Whatever the body, decoding ends, gives a whole grant or none, and says nothing
// of the token.
func FuzzDecodeAnswer(f *testing.F) {
	for _, body := range []string{guideAnswer, guideAnswer[:80], "<html>", `{"token":"tok","expires":"2026-01-01T00:00:00Z"}`,
		`{"token":1,"expires":1e999}`, `{"token":"tok","expires":NaN}`, `{"token":"tok","expires":[1]}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := DecodeAnswer(body, Fields{})
		if (err == nil) != (a.Grant.Token != "" && a.Grant.Expires > 0) || err != nil && !a.Grant.IsZero() {
			t.Errorf("DecodeAnswer(%q) = %+v, %v: half a grant", body, a, err)
		}
		if (err != nil) != (a.Failure != "" || a.Problem != nil) {
			t.Errorf("DecodeAnswer(%q) = %+v, %v: the answer does not tell the error", body, a, err)
		}
	})
}
