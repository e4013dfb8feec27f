package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"go.yaml.in/yaml/v3"

	"github.com/zhida-project/zhida/shared/secret"
)

// surplus is a format that leaves its argument over, which fmt then prints.
var surplus = "none"

const word = "hunter2hunter2hunter2hunter2hunt"

// holder has a secret everywhere a struct can have one, also where fmt cannot
// call its methods.
type holder struct {
	Exported secret.Value
	hidden   secret.Value
	Pointer  *secret.Value
	Map      map[string]secret.Value
	Slice    []secret.Value
	Any      any
}

func held() holder {
	s := secret.New(word)
	return holder{s, s, &s, map[string]secret.Value{"a": s}, []secret.Value{s}, s}
}

func TestNoVerbPrintsAValue(t *testing.T) {
	s := secret.New(word)
	for _, value := range []any{s, &s, held(), []any{held(), &s}, fmt.Errorf("x: %v", s), errors.Join(fmt.Errorf("%s", s))} {
		for verb := rune('A'); verb <= 'z'; verb++ {
			for _, flag := range []string{"", "+", "#", "-", "0", " ", "+#"} {
				refuseWord(t, "%"+flag+string(verb), fmt.Sprintf("%"+flag+string(verb), value))
			}
		}
		refuseWord(t, "width", fmt.Sprintf("%60.60s %*d", value, 5, value))
		refuseWord(t, "extra", fmt.Sprintf(surplus, value))
		refuseWord(t, "Sprint", fmt.Sprint(value)+fmt.Sprintln(value))
	}
}

func TestNoEncoderPrintsAValue(t *testing.T) {
	h := held()
	encoded, err := json.Marshal(h)
	if err != nil || !bytes.Contains(encoded, []byte(`"Exported":"[secret]"`)) {
		t.Errorf("json: %s, %v", encoded, err)
	}
	refuseWord(t, "json", string(encoded))
	keys, err := json.Marshal(map[secret.Value]int{h.Exported: 1})
	refuseWord(t, "json key", fmt.Sprint(string(keys), err))
	asYAML, err := yaml.Marshal(h)
	refuseWord(t, "yaml", fmt.Sprint(string(asYAML), err))
	asXML, err := xml.Marshal(h.Exported)
	refuseWord(t, "xml", fmt.Sprint(string(asXML), err))

	var out strings.Builder
	tmpl := template.Must(template.New("").Parse(`{{.Exported}} {{printf "%x" .Exported}} {{.Map}} {{.Any}}`))
	if err := tmpl.Execute(&out, h); err != nil {
		t.Fatal(err)
	}
	for _, log := range []*slog.Logger{
		slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil)),
	} {
		log.Info("x", "secret", h.Exported, "holder", h, "pointer", h.Pointer, slog.Group("g", "s", h.Exported))
	}
	refuseWord(t, "template and slog", out.String())
}

// refuseWord looks for the secret in every form fmt could give it.
func refuseWord(t *testing.T, what, printed string) {
	t.Helper()
	compact := strings.NewReplacer(" ", "", ",", "", "0x", "", "0X", "").Replace(printed)
	for _, form := range []string{
		"hunter2", fmt.Sprintf("%x", "hunter2"), fmt.Sprintf("%X", "hunter2"),
		strings.Trim(strings.ReplaceAll(fmt.Sprintf("%d", []byte("hunter2")), " ", ""), "[]"),
	} {
		if strings.Contains(compact, form) {
			t.Errorf("%s printed the secret: %s", what, printed)
		}
	}
}

func TestRevealGivesACopy(t *testing.T) {
	s := secret.New(word)
	clear(s.Reveal())
	if string(s.Reveal()) != word {
		t.Error("a caller changed the secret")
	}
	if !secret.New("").Empty() || !(secret.Value{}).Empty() || s.Empty() {
		t.Error("Empty is wrong")
	}
	if (secret.Value{}).Reveal() != nil {
		t.Error("an empty secret reveals something")
	}
}
