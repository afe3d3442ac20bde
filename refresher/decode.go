package refresher

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"soak/qoe"
	"soak/token"
)

// What can be wrong with a token API's answer. The first three leave nothing to
// work with; the others are an Answer's Problem, which careless policies ignore.
var (
	ErrNotJSON      = errors.New("token answer is not a JSON object")
	ErrHTML         = errors.New("token answer is a web page, not JSON: is this the token API, and is the viewer signed in?")
	ErrTruncated    = errors.New("token answer ends in the middle")
	ErrNoToken      = errors.New("token answer has no token")
	ErrBadToken     = errors.New("token answer has a token that does not fit one path segment")
	ErrNoExpires    = errors.New("token answer has no expires")
	ErrBadExpires   = errors.New("token answer has an expires that is not Unix time in whole seconds")
	ErrMilliseconds = errors.New("token answer has an expires in milliseconds, not seconds")
)

// Fields names the fields of the token API's JSON, for APIs whose names are not the
// guide's. A dot steps into an object: data.token.
type Fields struct {
	Token    string `yaml:"token,omitempty" json:"token,omitempty"`       // default token
	TokenIP  string `yaml:"tokenIP,omitempty" json:"tokenIP,omitempty"`   // default token_ip
	ClientIP string `yaml:"clientIP,omitempty" json:"clientIP,omitempty"` // default client_ip
	Expires  string `yaml:"expires,omitempty" json:"expires,omitempty"`   // default expires
	URL      string `yaml:"url,omitempty" json:"url,omitempty"`           // default url
	URLIP    string `yaml:"urlIP,omitempty" json:"urlIP,omitempty"`       // default url_ip
}

// ReadAnswer is the Answer that an HTTP response makes; a status other than 2xx is
// a StatusFailure, as for scripts that test res.ok. Start and End are the caller's.
func ReadAnswer(status int, header http.Header, body []byte, f Fields) Answer {
	date, _ := http.ParseTime(header.Get("Date")) // zero when absent or nonsense
	return readAnswer(status, date, header.Get("Retry-After"), body, f)
}

// ReadModelled is [ReadAnswer] for a response that never went over a wire: date is
// that of its Date header, in UTC and whole seconds, and zero where there is none.
func ReadModelled(status int, date time.Time, retry string, body []byte) Answer {
	return readAnswer(status, date, retry, body, Fields{})
}

func readAnswer(status int, date time.Time, retry string, body []byte, f Fields) Answer {
	var a Answer
	if status >= 200 && status <= 299 {
		a, _ = DecodeAnswer(body, f) // the error is in a
	} else {
		a = Answer{Failure: qoe.StatusFailure, Detail: fmt.Sprintf("token API answered %d", status)}
	}
	a.Status, a.Date = status, date
	a.RetryAfter = retryAfter(retry, date)
	return a
}

// retryAfter reads seconds or, if the answer tells its own time, a date (RFC 9110
// section 10.2.3).
func retryAfter(text string, date time.Time) time.Duration {
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && !date.IsZero() {
		return max(at.Sub(date), 0)
	}
	return 0
}

// DecodeAnswer reads the JSON of a token API. It returns what it understood and
// what is wrong with it, which is also in the Answer: as Failure and Detail if the
// body is no JSON object, else as Problem and Literal, so that a policy can choose
// to be as careless as the script it copies.
func DecodeAnswer(body []byte, f Fields) (Answer, error) {
	var room [8]flatField
	object, err := decodeObject(body, room[:0])
	if err != nil {
		return Answer{Failure: qoe.BodyFailure, Detail: err.Error()}, err
	}
	a := Answer{
		TokenIP:  object.string(f.TokenIP, "token_ip"),
		ClientIP: object.string(f.ClientIP, "client_ip"),
		URL:      object.string(f.URL, "url"),
		URLIP:    object.string(f.URLIP, "url_ip"),
	}
	tok, expires := object.at(f.Token, "token"), object.at(f.Expires, "expires")
	a.Grant, a.Problem = grantOf(tok, expires)
	if a.Problem != nil {
		a.Literal = &Literal{
			Token: tok.script(), TokenIP: object.at(f.TokenIP, "token_ip").script(),
			Expires: expires.script(), Seconds: expires.number(),
		}
	}
	return a, a.Problem
}

var bareNaN = regexp.MustCompile(`:\s*(-?(?:NaN|Infinity)|undefined)\b`)

// decodeObject may use room for what it reads.
func decodeObject(body []byte, room []flatField) (jsonObject, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if len(body) > 0 && body[0] == '<' {
		return jsonObject{}, ErrHTML
	}
	if printable(body) {
		if fields := flatObject(room, string(body)); fields != nil {
			return jsonObject{flat: fields}, nil
		}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var object map[string]any
	err := d.Decode(&object)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return jsonObject{}, ErrTruncated
	case err != nil:
		if m := bareNaN.FindSubmatch(body); m != nil {
			return jsonObject{}, fmt.Errorf("%w: it holds %s, which JSON does not know", ErrNotJSON, m[1])
		}
		return jsonObject{}, ErrNotJSON
	case object == nil:
		return jsonObject{}, ErrNotJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return jsonObject{}, fmt.Errorf("%w: something follows it", ErrNotJSON)
	}
	return jsonObject{tree: object}, nil
}

// grantOf is the strict reading. Digits in quotes are a number to every script, so
// they are to us.
func grantOf(tok, expires jsonValue) (token.Grant, error) {
	switch {
	case tok.kind != jsonString || tok.text == "":
		return token.Grant{}, ErrNoToken
	case !segment(tok.text):
		return token.Grant{}, ErrBadToken
	case expires.kind == jsonUndefined || expires.kind == jsonNull:
		return token.Grant{}, ErrNoExpires
	}
	seconds, err := strconv.ParseInt(expires.script(), 10, 64)
	switch {
	case err != nil || seconds <= 0:
		return token.Grant{}, fmt.Errorf("%w: it is %.40q", ErrBadExpires, expires.script())
	case seconds > 1e11: // the year 5138
		return token.Grant{}, fmt.Errorf("%w: it is %d", ErrMilliseconds, seconds)
	}
	// Kept apart, or all of the answer's text would be kept as long.
	return token.Grant{Token: strings.Clone(tok.text), Expires: seconds}, nil
}

// segment tells whether a token can stand in a path as one segment of it.
func segment(token string) bool {
	for i := range len(token) {
		switch c := token[i]; {
		case c <= ' ', c == 0x7f, c == '/', c == '?', c == '#', c == '\\':
			return false
		}
	}
	return true
}
