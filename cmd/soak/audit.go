package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"soak/audit"
	"soak/http1"
	"soak/loop"
	"soak/refresher"
	"soak/token"
)

// auditFlags are the flags of soak audit.
type auditFlags struct {
	json     bool
	video    string
	kind     string
	headers  []string
	other    string
	url      string
	from     string
	ttl      time.Duration
	patience time.Duration
	fields   refresher.Fields
}

func (a *app) auditCommand() *cobra.Command {
	var flags auditFlags
	cmd := &cobra.Command{
		Use:   "audit TOKEN-API",
		Short: "Ask a token API and its edge what protects the stream",
		Long: fmt.Sprintf(`Audit asks a token API and the edge behind it what an honest and a careless one
answer differently: who gets tokens, for how long and for which address, what a
cache may keep, which requests the edge looks at, and when it calls a token dead.

It makes at most %d requests, one after another, with a User-Agent that names soak,
and waits for a short-lived token to expire. Audit only what is yours.

TOKEN-API is its URL with {video}, {type} and {expire} to be filled in. --header
names headers that viewers send, and the environment variables with their values;
without any, the audit is that of a stranger. Tokens are shown as hashes only.

Exit codes: 0 nothing fails · 99 something does · 3 the token API is unreachable ·
2 usage. Warnings do not change it.`, audit.Most),
		Example: `  soak audit --video event1 'https://api.example/token?video={video}&type={type}&expire={expire}'
  soak audit --video film --type vod --header Authorization:TOKEN_API_AUTH URL`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.audit(cmd.Context(), flags, args[0]) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&flags.json, "json", false, "print everything as JSON, schema "+audit.Schema)
	f.StringVar(&flags.video, "video", "", "`NAME` of the video to ask for")
	f.StringVar(&flags.kind, "type", "live", "`live|vod`")
	f.StringArrayVar(&flags.headers, "header", nil, "header for the token API: `NAME:ENV`, ENV the environment variable with its value; may be repeated")
	f.StringVar(&flags.other, "other-video", "", "`NAME` of another video of the account that exists")
	f.StringVar(&flags.url, "url", "", "`URL` of the manifest, with any pair where the token belongs; left out: what the token API says")
	f.StringVar(&flags.from, "from", "", "second `ADDRESS` of this machine to ask the edge from; left out: 127.0.0.2 for an edge on loopback, else none")
	f.DurationVar(&flags.ttl, "ttl", time.Minute, "life of the tokens asked for")
	f.DurationVar(&flags.patience, "patience", 20*time.Second, "how long to wait for the shortest token to expire")
	f.StringVar(&flags.fields.Token, "field-token", "", "`NAME` of the answer's field with the token; a dot steps into an object")
	f.StringVar(&flags.fields.Expires, "field-expires", "", "likewise, its expiry")
	f.StringVar(&flags.fields.URL, "field-url", "", "likewise, the URL")
	f.StringVar(&flags.fields.TokenIP, "field-token-ip", "", "likewise, the token bound to an address")
	f.StringVar(&flags.fields.URLIP, "field-url-ip", "", "likewise, the URL with it")
	f.StringVar(&flags.fields.ClientIP, "field-client-ip", "", "likewise, the address")
	return cmd
}

// audit prints what was found.
func (a *app) audit(ctx context.Context, flags auditFlags, api string) error {
	cfg, err := auditConfig(flags, api)
	if err != nil {
		return usage(err)
	}
	fmt.Fprintf(a.stderr, "soak: audit: at most %d requests to %s and its edge, one after another; User-Agent %s\n", audit.Most, hostIn(api), agent())
	r, err := audit.Run(ctx, cfg, audit.HTTP{Agent: agent(), Now: time.Now}, audit.Clock{Now: time.Now, Sleep: loop.Sleep})
	switch {
	case ctx.Err() != nil:
		return &failure{codeInterrupted, errors.New("audit: interrupted")}
	case errors.Is(err, audit.ErrUnreachable):
		return unreachable(err)
	case err != nil:
		return err
	}
	if err := a.printAudit(flags.json, r); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if r.Count(audit.Fail) > 0 {
		return &failure{code: codeFail}
	}
	return nil
}

func (a *app) printAudit(asJSON bool, r audit.Report) error {
	if !asJSON {
		width, _ := terminal(a.stdout)
		return audit.Text(a.stdout, r, width)
	}
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// agent tells whoever reads a server's logs what asked.
func agent() string { return http1.Agent("token audit") }

func auditConfig(flags auditFlags, api string) (audit.Config, error) {
	cfg := audit.Config{
		API: api, Fields: flags.fields, Video: flags.video, Other: flags.other, URL: flags.url, From: flags.from,
		Life: flags.ttl, Patience: flags.patience, Header: map[string]string{},
	}
	switch {
	case !isURL(api):
		return cfg, errors.New("TOKEN-API: write an absolute URL, http://… or https://…")
	case flags.video == "":
		return cfg, errors.New("--video is missing: name the video to ask for")
	case flags.url != "" && !isURL(flags.url):
		return cfg, errors.New("--url: write an absolute URL, http://… or https://…")
	case flags.ttl < 10*time.Second || flags.ttl > time.Hour || flags.ttl%time.Second != 0:
		return cfg, fmt.Errorf("--ttl %v: use whole seconds from 10s to 1h", flags.ttl)
	case flags.patience < 0 || flags.patience > time.Hour:
		return cfg, fmt.Errorf("--patience %v: use up to 1h", flags.patience)
	}
	if err := cfg.Kind.UnmarshalText([]byte(flags.kind)); err != nil {
		return cfg, fmt.Errorf("--type: %w", err)
	}
	if flags.from != "" {
		if _, err := netip.ParseAddr(flags.from); err != nil {
			return cfg, fmt.Errorf("--from %s: write an IP address of this machine", token.Redact(flags.from))
		}
	} else if runtime.GOOS == "linux" && onLoopback(api) && (flags.url == "" || onLoopback(flags.url)) {
		cfg.From = "127.0.0.2" // all of 127.0.0.0/8 is this machine's
	}
	for _, spec := range flags.headers {
		name, env, ok := strings.Cut(spec, ":")
		if !ok || name == "" || env == "" {
			return cfg, fmt.Errorf("--header %q: write NAME:ENV, the header and the environment variable that holds its value", spec)
		}
		value, set := os.LookupEnv(env)
		if !set {
			return cfg, fmt.Errorf("--header %s: environment variable %s is not set", name, env)
		}
		cfg.Header[name] = value
	}
	return cfg, nil
}

// hostIn is the host of a URL with places to be filled in.
func hostIn(address string) string {
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(address))
	if err != nil {
		return "the token API"
	}
	return u.Host
}

func onLoopback(address string) bool {
	host := hostIn(address)
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Is4() && ip.IsLoopback()
}
