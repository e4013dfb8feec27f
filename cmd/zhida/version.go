package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/zhida-project/zhida/shared/fault"
)

// version is set by a release's build: -ldflags "-X main.version=v1.2.3".
var version string

// versionCommand is `zhida version`.
type versionCommand struct{}

// Run prints the version on one line.
func (versionCommand) Run(p process) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	_, err := fmt.Fprintf(p.out, "zhida %s %s %s/%s\n", describe(version, info), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return fault.Wrap(err, fault.Unavailable, "zhida version", "nobody reads the output")
}

// describe names the build: the release, else the module's version, else the
// commit it was built from.
func describe(release string, info *debug.BuildInfo) string {
	if release != "" {
		return release
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	commit, changed := "", ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			commit = setting.Value[:min(12, len(setting.Value))]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = "+changes"
		}
	}
	if commit == "" {
		return "devel"
	}
	return "devel-" + commit + changed
}
