package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"soak/inspect"
	"soak/manifest"
	"soak/refresher"
	"soak/token"
)

// tokens are had from a token API or signed here, for one stream.
type tokens struct {
	getter inspect.Getter
	api    string        // with {expire} still to be filled in; "" signs
	host   string        // of the stream: tells which of two tokens it takes
	signer *token.Signer // nil asks the API
	video  string
	ttl    time.Duration
}

func newTokens(getter inspect.Getter, address string, given token.Grant, flags inspectFlags) (*tokens, error) {
	if given.IsZero() {
		return nil, errors.New("URL has no place for a token: write /t/1/ where token and expiry belong")
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("URL cannot be parsed")
	}
	at, known := token.ParsePath(u.EscapedPath())
	t := &tokens{getter: getter, host: u.Host, video: at.Video, ttl: flags.ttl}
	if flags.sign != "" {
		return t, t.signWith(flags.sign, known)
	}
	if !known && strings.Contains(flags.tokenAPI, "{video}") {
		return nil, errors.New("--token-api: {video} is not known from this URL: write the video's name instead")
	}
	if !isURL(flags.tokenAPI) {
		return nil, errors.New("--token-api: write an absolute URL, http://… or https://…")
	}
	kind := at.Kind.String()
	if !known {
		kind = token.Live.String()
	}
	t.api = strings.NewReplacer("{video}", url.QueryEscape(at.Video), "{type}", kind).Replace(flags.tokenAPI)
	return t, nil
}

func (t *tokens) signWith(spec string, known bool) error {
	client, env, ok := strings.Cut(spec, ":")
	if !ok || client == "" || env == "" {
		return fmt.Errorf("--sign: %q: write CLIENT:ENV, the account id and the environment variable that holds its secret", spec)
	}
	secret := os.Getenv(env)
	switch {
	case secret == "":
		return fmt.Errorf("--sign: environment variable %s is not set", env)
	case !known:
		return errors.New("--sign: the URL's path is not /videos/CLIENT_VIDEO/TOKEN/EXPIRES/… or /cmaf/…")
	}
	t.signer = &token.Signer{Client: client, Secret: secret}
	return nil
}

// next is a new grant, with that much more life than usual.
func (t *tokens) next(ctx context.Context, more time.Duration) (token.Grant, error) {
	ttl := t.ttl + more
	if t.signer != nil {
		expires := time.Now().Add(ttl).Unix()
		return token.Grant{Token: t.signer.Sign(t.video, expires, ""), Expires: expires}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	r, err := t.getter.Get(ctx, strings.ReplaceAll(t.api, "{expire}", strconv.FormatInt(int64(ttl/time.Second), 10)), manifest.Range{})
	switch {
	case err != nil:
		return token.Grant{}, fmt.Errorf("token API: %w", err)
	case r.Status/100 != 2:
		return token.Grant{}, fmt.Errorf("token API answered %d", r.Status)
	}
	answer, err := refresher.DecodeAnswer(r.Body, refresher.Fields{})
	if err != nil {
		return token.Grant{}, fmt.Errorf("token API: %w", err)
	}
	if on(answer.URLIP, t.host) && !on(answer.URL, t.host) && answer.TokenIP != "" {
		return token.Grant{Token: answer.TokenIP, Expires: answer.Grant.Expires}, nil
	}
	return answer.Grant, nil
}

func on(address, host string) bool {
	u, err := url.Parse(address)
	return err == nil && strings.EqualFold(u.Host, host)
}
