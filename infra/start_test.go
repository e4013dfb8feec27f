package infra

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/infra/localcloud"
)

// TestAFunctionTellsEverythingItMisses starts each bootstrap with nothing set: it ends
// at once, and names whatever it needs.
func TestAFunctionTellsEverythingItMisses(t *testing.T) {
	always := []string{"ZHIDA_CONFIG", "ZHIDA_TABLE", "ZHIDA_TRANSFERS_FRONT"}
	for name, own := range map[string][]string{
		"inapp": {"ZHIDA_CONNECTIONS"},
		"bot":   {},
		"desk":  {"ZHIDA_CONNECTIONS", "ZHIDA_OIDC_ISSUER", "ZHIDA_OIDC_AUDIENCE", "ZHIDA_OIDC_CLIENT", "ZHIDA_DESK_LIVE"},
		"clock": {},
	} {
		t.Run(name, func(t *testing.T) {
			program, err := localcloud.Program{
				Package: "./functions/" + name, Folder: "..", Into: filepath.Join(t.TempDir(), name), Env: os.Environ(),
			}.Build(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), program)
			cmd.Env = []string{"AWS_REGION=eu-west-1", "ZHIDA_CONFIG=/no/such/zhida.yaml"}
			said, err := cmd.CombinedOutput()
			var ended *exec.ExitError
			if !errors.As(err, &ended) || ended.ExitCode() != 1 {
				t.Fatalf("it ended with %v:\n%s", err, said)
			}
			for _, want := range append(own, always...) {
				if !strings.Contains(string(said), want) {
					t.Errorf("%s is not named:\n%s", want, said)
				}
			}
		})
	}
}
