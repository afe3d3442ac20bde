package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"soak/inspect"
	"soak/loop"
	"soak/manifest"
	"soak/token"
)

// inspectFlags are the flags of soak inspect.
type inspectFlags struct {
	json     bool
	follow   int
	base     string
	tokenAPI string
	sign     string
	ttl      time.Duration
}

func (a *app) inspectCommand() *cobra.Command {
	var flags inspectFlags
	cmd := &cobra.Command{
		Use:   "inspect URL|FILE",
		Short: "Show what a manifest says, and which URLs a refresh would miss",
		Long: `Inspect reads an HLS playlist or an MPD, follows its playlists and segment
indexes, and prints what it understood: ladder, tracks, window, timing, reload rule,
protection, latency hints and what is odd about it. What is no manifest is refused
with the reason.

If the URL holds a token, it also tells for every refresh policy and player which
requests would go out with a stale, missing or stray token after one refresh and
after two. H13 and the like are known hazards of real players. With --token-api or
--sign it looks at the stream under two tokens; else the later ones are invented.

FILE is a manifest on disk, - standard input; --base says where it came from. Put
any pair where the token belongs if a token is to be asked for: /t/1/ will do.
Tokens are shown as hashes only. Exit codes: "soak help exit-codes".`,
		Example: `  soak inspect https://edge.example/cmaf/1_live/TOKEN/1800000060/master.m3u8
  soak inspect --json --base https://edge.example/vod/a/index.mpd index.mpd
  soak inspect --follow 10 https://edge.example/live/media.m3u8
  soak inspect https://edge.example/cmaf/1_live/t/1/index.mpd \
    --token-api 'https://api.example/token?video={video}&type={type}&expire={expire}'
  soak inspect --sign 1:SECRET https://edge.example/videos/1_film/t/1/master.m3u8`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.inspect(cmd.Context(), flags, args[0]) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&flags.json, "json", false, "print everything as JSON, schema "+inspect.Schema)
	f.IntVar(&flags.follow, "follow", 0, "watch a live manifest for `N` reloads, by its own reload rule")
	f.StringVar(&flags.base, "base", "", "`URL` that FILE came from")
	f.StringVar(&flags.tokenAPI, "token-api", "", "token API to call: `URL` with {video}, {type} and {expire} to be filled in")
	f.StringVar(&flags.sign, "sign", "", "sign tokens here: `CLIENT:ENV`, the account and the environment variable with its secret")
	f.DurationVar(&flags.ttl, "ttl", time.Minute, "life of the tokens asked for")
	return cmd
}

// inspect prints the report of a URL or file.
func (a *app) inspect(ctx context.Context, flags inspectFlags, target string) error {
	if err := checkInspect(flags, target); err != nil {
		return usage(err)
	}
	s := &stream{getter: inspect.HTTP{}, url: target}
	report, err := s.report(ctx, a.stdin, flags)
	switch {
	case ctx.Err() != nil:
		return &failure{codeInterrupted, errors.New("inspect: interrupted")}
	case err != nil:
		return err
	}
	if !flags.json {
		width, _ := terminal(a.stdout)
		if err := inspect.Text(a.stdout, report, width); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	if flags.follow > 0 {
		followed := s.follow(ctx, flags.follow, a.tell(flags.json))
		report.Follow = &followed
	}
	if err := a.finish(flags.json, report); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if ctx.Err() != nil {
		return &failure{code: codeInterrupted}
	}
	return nil
}

func checkInspect(flags inspectFlags, target string) error {
	remote := isURL(target)
	switch {
	case flags.follow < 0:
		return fmt.Errorf("--follow %d: use 1 or more", flags.follow)
	case flags.tokenAPI != "" && flags.sign != "":
		return errors.New("name --token-api or --sign, not both")
	case flags.ttl < time.Second:
		return fmt.Errorf("--ttl %v: use 1s or more", flags.ttl)
	case remote && flags.base != "":
		return errors.New("--base is for files: a URL is its own base")
	case !remote && flags.base != "" && !isURL(flags.base):
		return errors.New("--base: write an absolute URL, http://… or https://…")
	case !remote && flags.follow > 0:
		return errors.New("--follow needs a URL: a file does not change")
	case !remote && (flags.tokenAPI != "" || flags.sign != ""):
		return errors.New("--token-api and --sign need a URL: a file needs no token")
	case !remote && strings.Contains(target, "://"):
		return errors.New("URL: write http:// or https://")
	}
	return nil
}

func isURL(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

// tell prints the steps of a watch as they come, unless all is to be one JSON.
func (a *app) tell(quiet bool) func(inspect.Step) {
	if quiet {
		return func(inspect.Step) {}
	}
	first := true
	return func(s inspect.Step) {
		if first {
			fmt.Fprintln(a.stdout, "\nFOLLOWING")
			first = false
		}
		fmt.Fprintln(a.stdout, inspect.FollowLine(s))
	}
}

func (a *app) finish(asJSON bool, r inspect.Report) error {
	if !asJSON {
		if r.Follow == nil {
			return nil
		}
		_, err := fmt.Fprintln(a.stdout, inspect.FollowEnd(*r.Follow))
		return err
	}
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// stream is what is being inspected and the tokens for it.
type stream struct {
	getter inspect.Getter
	url    string // as given
	tokens *tokens
	grant  token.Grant // in force
	seen   *inspect.Page
}

// report reads the stream and describes it. Its errors know their exit code.
func (s *stream) report(ctx context.Context, stdin io.Reader, flags inspectFlags) (inspect.Report, error) {
	if !isURL(s.url) {
		return s.reportFile(stdin, flags.base)
	}
	address := s.url
	s.grant, _ = inspect.Locate(address, time.Now())
	if flags.tokenAPI != "" || flags.sign != "" {
		var err error
		if s.tokens, err = newTokens(s.getter, s.url, s.grant, flags); err != nil {
			return inspect.Report{}, usage(err)
		}
		given := s.grant
		if s.grant, err = s.tokens.next(ctx, 0); err != nil {
			return inspect.Report{}, unreachable(err)
		}
		address = inspect.Replace(address, given, s.grant)
	}
	page, err := inspect.Crawl(ctx, s.getter, address, 0, time.Now())
	if err != nil {
		return inspect.Report{}, unreachable(err)
	}
	s.seen = page
	r := inspect.Describe(page, time.Now())
	if s.grant.IsZero() && !inspect.QueryToken(address) {
		return r, nil
	}
	inspect.Probe(ctx, s.getter, page, s.grant)
	again, err := s.again(ctx, address)
	if err != nil {
		return r, unreachable(err)
	}
	d := inspect.Derive(inspect.Sight{Page: page, Grant: s.grant}, again, time.Now())
	r.Derivation = &d
	return r, nil
}

// again looks at the stream under a second token, where one can be had.
func (s *stream) again(ctx context.Context, address string) (inspect.Sight, error) {
	if s.tokens == nil {
		return inspect.Sight{}, nil
	}
	// A second more of life makes it another token, unless the API does as it likes.
	second, err := s.tokens.next(ctx, time.Second)
	if err == nil && second == s.grant {
		if err = loop.Sleep(ctx, 1100*time.Millisecond); err == nil {
			second, err = s.tokens.next(ctx, time.Second)
		}
	}
	if err != nil || second == s.grant {
		return inspect.Sight{}, err
	}
	page, err := inspect.Crawl(ctx, s.getter, inspect.Replace(address, s.grant, second), 0, time.Now())
	if err != nil {
		return inspect.Sight{}, err
	}
	return inspect.Sight{Page: page, Grant: second}, nil
}

func (s *stream) reportFile(stdin io.Reader, base string) (inspect.Report, error) {
	body, err := readFile(stdin, s.url)
	if err != nil {
		return inspect.Report{}, usage(err)
	}
	asked := s.url
	if base != "" {
		asked = base
	}
	page, err := inspect.Read(asked, inspect.Response{URL: asked, Body: body}, time.Now())
	if err != nil {
		return inspect.Report{}, unreachable(err)
	}
	page.Local = true
	r := inspect.Describe(page, time.Now())
	if g, ok := inspect.Locate(base, time.Now()); ok || inspect.QueryToken(base) {
		d := inspect.Derive(inspect.Sight{Page: page, Grant: g}, inspect.Sight{}, time.Now())
		r.Derivation = &d
	}
	return r, nil
}

func readFile(stdin io.Reader, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(name)
}

// follow watches the manifest, or the first variant of a multivariant playlist.
func (s *stream) follow(ctx context.Context, n int, tell func(inspect.Step)) inspect.Followed {
	at, parent := s.seen.Asked, (*inspect.Page)(nil)
	if p := s.seen.Presentation; p.Format == manifest.HLS && !p.Media {
		for _, c := range s.seen.Children {
			if c.Kind == inspect.Variant {
				at, parent = p.Resolve(c.Ref), s.seen
				break
			}
		}
	}
	baked := s.grant
	address := func(ctx context.Context) (string, error) {
		if s.tokens != nil && s.grant.Life(time.Now()) < s.tokens.ttl/3 {
			fresh, err := s.tokens.next(ctx, 0)
			if err != nil {
				return "", err
			}
			s.grant = fresh
		}
		return inspect.Replace(at, baked, s.grant), nil
	}
	return inspect.Follow(ctx, s.getter, parent, address, n, inspect.Clock{Now: time.Now, Sleep: loop.Sleep}, tell)
}

func unreachable(err error) error { return &failure{codeUnreachable, err} }
