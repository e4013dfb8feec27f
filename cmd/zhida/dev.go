package main

import (
	"context"
	_ "embed" // the example shop
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

//go:embed zhida.yaml
var exampleShop []byte

// devCommand is `zhida dev`.
type devCommand struct {
	Addr   string   `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen (${default}); port 0 takes a free one."`
	Data   string   `default:"zhida-data" placeholder:"DIR" help:"Where everything is kept (./${default})."`
	Config string   `placeholder:"FILE" help:"Your zhida.yaml, in place of the example shop."`
	Proxy  []string `placeholder:"ADDRESS" help:"A proxy of yours, or a network of them (10.0.0.0/8), whose X-Forwarded-For is believed."`
	Open   bool     `default:"true" negatable:"" help:"Open the demo page in a browser, when started at a terminal."`
}

// devOptions is what the single binary needs to run.
type devOptions struct {
	Addr       string // host:port, checked
	Data       string // a folder that exists
	Proxies    []netip.Prefix
	Config     config.Config // checked, with its secrets
	Open       bool          // show the demo page to whoever sits at the terminal
	Phones     bool          // the example shop has customers of WeChat's and Slack's, and some who text, which are played on this machine
	DevSecrets bool          // some secrets were made up for this machine: Addr is a loopback address
	Out        io.Writer     // first words for a person: the addresses, an agent's code to sign in
	Log        io.Writer
}

// Run checks the command line, gathers the configuration, and runs until it is
// told to stop.
func (c devCommand) Run(ctx context.Context, p process) error {
	if err := checkAddr(c.Addr); err != nil {
		return err
	}
	proxies, err := prefixes(c.Proxy)
	if err != nil {
		return err
	}
	secrets, err := openSecrets(c.Data, p.lookup)
	if err != nil {
		return err
	}
	values, err := c.load(secrets)
	if err != nil {
		return err
	}
	if made := secrets.used(); len(made) > 0 && !loopback(c.Addr) {
		return fault.New(fault.Config, "--addr "+c.Addr,
			"others could reach it, with secrets made up for this machine: set "+strings.Join(made, ", ")+", or listen on 127.0.0.1")
	}
	if err := secrets.save(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the first signal stops cleanly, the second at once
	made := len(secrets.used()) > 0
	return p.dev(ctx, devOptions{
		Addr: c.Addr, Data: c.Data, Proxies: proxies, Config: values, Open: c.Open,
		DevSecrets: made, Phones: made && c.Config == "", Out: p.out, Log: p.errs,
	})
}

func (c devCommand) load(secrets *devSecrets) (config.Config, error) {
	if c.Config == "" {
		return config.Load(exampleShop, secrets.lookup)
	}
	text, err := readLimited(c.Config)
	if err != nil {
		return config.Config{}, fault.Wrap(err, fault.Config, "--config", "name a zhida.yaml that can be read")
	}
	// Load tells what is wrong.
	secrets.given, _ = config.Parse(text).Names(config.WeChatWebhooks, config.WeChatSecrets, config.SlackSigningSecret, config.SlackClientSecret)
	values, err := config.Load(text, secrets.lookup)
	return values, named(err, c.Config)
}

// named gives mistakes the name of their file.
func named(err error, file string) error {
	var mistakes *config.Mistakes
	if errors.As(err, &mistakes) {
		mistakes.File = file
	}
	return err
}

// readLimited reads a little more than the largest zhida.yaml at most.
func readLimited(name string) (text []byte, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return io.ReadAll(io.LimitReader(file, config.MaxFile+1))
}

func checkAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fault.New(fault.Config, fmt.Sprintf("--addr %q", addr), "give a host and a port, such as 127.0.0.1:8080")
	}
	return nil
}

// prefixes reads the addresses and networks of proxies.
func prefixes(said []string) ([]netip.Prefix, error) {
	all := make([]netip.Prefix, 0, len(said))
	for _, text := range said {
		p, err := netip.ParsePrefix(text)
		if at, single := netip.ParseAddr(text); single == nil {
			at = at.Unmap().WithZone("")
			p, err = netip.PrefixFrom(at, at.BitLen()), nil
		}
		if err != nil {
			return nil, fault.New(fault.Config, fmt.Sprintf("--proxy %q", text), "give an IP address or a network, such as 10.0.0.1 or 10.0.0.0/8")
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// loopback reports whether only this machine can reach addr. A name other than
// localhost may mean any machine, and no host at all means every interface.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
