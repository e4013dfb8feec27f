package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	memoryMessages  = 100_000
	memoryCustomers = 200
	memoryCallers   = 64
)

// BenchmarkMemory is the resident memory of the real binary (VmRSS) when it has
// just started, and after 100,000 messages of 200 customers who wait in line, over
// HTTP. Compare the two: what is said lies on disk, not in memory.
func BenchmarkMemory(b *testing.B) {
	binary := theBinary(b)
	for b.Loop() {
		var log bytes.Buffer
		cmd := exec.Command(binary, "dev", "--addr", "127.0.0.1:0", "--data", memory(b), "--config", unlimited(b))
		cmd.Stderr = &log
		base, _ := start(b, cmd)
		idle := resident(b, cmd.Process.Pid)
		began := time.Now()
		sendAll(b, base)
		took := time.Since(began)
		full := resident(b, cmd.Process.Pid)
		if err := cmd.Process.Kill(); err != nil {
			b.Error(err)
		}
		_ = cmd.Wait() // killed: that is no news
		b.ReportMetric(idle, "idle-MiB")
		b.ReportMetric(full, "after100k-MiB")
		b.ReportMetric(memoryMessages/took.Seconds(), "messages/s")
		b.ReportMetric(0, "ns/op")
	}
}

// theBinary is the single binary, built.
func theBinary(b *testing.B) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "zhida")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/zhida").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// unlimited is the example shop, whose customers may write as fast as they can.
func unlimited(b *testing.B) string {
	b.Helper()
	const known = "    audience: zhida-inapp"
	text, err := os.ReadFile("../cmd/zhida/zhida.yaml")
	if err != nil || !bytes.Contains(text, []byte(known)) {
		b.Fatalf("the example shop is another: %v", err)
	}
	const most = "{ burst: 100000, every: 1ms }"
	text = bytes.Replace(text, []byte(known), []byte("    limits: { customer: "+most+", address: "+most+" }\n"+known), 1)
	path := filepath.Join(b.TempDir(), "zhida.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// start starts the binary, and returns where it listens and with which code agents
// sign in.
func start(b *testing.B, cmd *exec.Cmd) (base, code string) {
	b.Helper()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	line, desk := regexp.MustCompile(`(http://127\.0\.0\.1:\d+)/healthz`), regexp.MustCompile(`with code (\S+)`)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := desk.FindStringSubmatch(lines.Text()); found != nil {
			code = found[1]
		}
		if found := line.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return found[1], code
		}
	}
	b.Fatal("it never said where it listens")
	return "", ""
}

// resident returns the resident memory of a process in MiB.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		b.Fatalf("no VmRSS in %s", status)
	}
	kib, _ := strconv.Atoi(string(found[1]))
	return float64(kib) / 1024
}

// sendAll sends all messages, each customer's first one an ask.
func sendAll(b *testing.B, base string) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: memoryCallers}}
	defer client.CloseIdleConnections()
	tokens := make([]string, memoryCustomers)
	for i := range tokens {
		tokens[i] = customerToken(b, client, base, i)
		submit(b, client, base, tokens[i], 0, "转人工")
	}
	var all sync.WaitGroup
	var next atomic.Int64
	for range memoryCallers {
		all.Go(func() {
			for n := next.Add(1); n <= memoryMessages; n = next.Add(1) {
				submit(b, client, base, tokens[int(n)%memoryCustomers], int(n), "我的订单还没有到，麻烦帮我看一下")
			}
		})
	}
	all.Wait()
}

// customerToken is one of the example shop's, for its nth customer.
func customerToken(b *testing.B, client *http.Client, base string, n int) string {
	b.Helper()
	var got struct {
		Token string `json:"token"`
	}
	answer := post(b, client, base+"/dev/customer", "", map[string]string{"user": fmt.Sprintf("user-%d", n), "name": "n"})
	if err := json.Unmarshal(answer, &got); err != nil {
		b.Error(err)
	}
	return got.Token
}

func submit(b *testing.B, client *http.Client, base, token string, n int, text string) {
	post(b, client, base+"/channels/inapp", token, map[string]any{
		"type": "message", "id": fmt.Sprintf("m%d", n), "at": time.Now().UnixMilli(), "text": text,
	})
}

func post(b *testing.B, client *http.Client, url, token string, body any) []byte {
	text, err := json.Marshal(body)
	if err != nil {
		b.Error(err)
		return nil
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		b.Error(err)
		return nil
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	got, err := client.Do(r)
	if err != nil {
		b.Error(err)
		return nil
	}
	defer func() { _ = got.Body.Close() }()
	answer, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusOK {
		b.Errorf("%s: %s %s %v", url, got.Status, answer, err)
	}
	return answer
}
