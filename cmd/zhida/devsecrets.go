package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

const secretsFile = "dev-secrets.json"

// devSecrets finds secrets in the environment, and makes up what is not there.
// What it made up is kept in the data folder, so that customers' ids and tokens
// outlive a restart.
type devSecrets struct {
	folder string
	env    func(string) (string, bool)
	kept   map[string]string // what the file holds, and what it will
	fresh  bool              // kept has more than the file
	made   map[string]bool   // the names answered from kept
	given  []string          // the names of secrets that are a provider's to give
}

func openSecrets(folder string, env func(string) (string, bool)) (*devSecrets, error) {
	s := &devSecrets{folder: folder, env: env, kept: map[string]string{}, made: map[string]bool{}}
	info, err := os.Lstat(s.path())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err != nil:
		return nil, fault.Wrap(err, fault.Config, "--data", "name a folder that can be read and written")
	case !info.Mode().IsRegular():
		return nil, fault.New(fault.Config, s.path(), "it must be a plain file: remove it, and new secrets are made")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fault.New(fault.Config, s.path(), "others can read it: chmod 600 it, or remove it, and new secrets are made")
	}
	text, err := os.ReadFile(s.path())
	if err != nil {
		return nil, fault.Wrap(err, fault.Config, "--data", "name a folder that can be read and written")
	}
	// The decoder's error may quote the file: it is not passed on.
	if json.Unmarshal(text, &s.kept) != nil || s.kept == nil {
		return nil, fault.New(fault.Config, s.path(),
			"it is damaged: bring it back, or remove it with the rest of the folder and start afresh")
	}
	return s, nil
}

func (s *devSecrets) path() string { return filepath.Join(s.folder, secretsFile) }

// lookup answers like os.LookupEnv, but has a secret for every name but those that others
// give.
func (s *devSecrets) lookup(name string) (string, bool) {
	value, ok := s.env(name)
	if ok || slices.Contains(s.given, name) {
		return value, ok
	}
	s.made[name] = true
	if s.kept[name] == "" {
		secret := make([]byte, config.MinSecret)
		rand.Read(secret) // never fails: see crypto/rand
		s.kept[name] = base64.StdEncoding.EncodeToString(secret)
		s.fresh = true
	}
	return s.kept[name], true
}

// used returns the names that the environment did not have.
func (s *devSecrets) used() []string { return slices.Sorted(maps.Keys(s.made)) }

// save makes the data folder and keeps what was made up, for this user only.
func (s *devSecrets) save() error {
	err := os.MkdirAll(s.folder, 0o700)
	if err == nil && s.fresh {
		err = s.write()
	}
	return fault.Wrap(err, fault.Config, "--data", "name a folder that can be read and written")
}

// write replaces the file in one step: a crash leaves the old one or the new.
func (s *devSecrets) write() (err error) {
	text, err := json.MarshalIndent(s.kept, "", "  ")
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	file, err := os.CreateTemp(s.folder, secretsFile+".*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), s.path())
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	s.fresh = false
	return nil
}
