package emulator

import (
	"context"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// AWS returns how to reach AWS itself, where whoever runs the tests asks for it: with
// ZHIDA_TEST_AWS=1, AWS_REGION and credentials in the environment. Not ok is the
// usual case, in which emulators stand in. What the tests make there they remove.
func AWS(tb testing.TB) (settings aws.Config, ok bool) {
	tb.Helper()
	if os.Getenv("ZHIDA_TEST_AWS") != "1" {
		return aws.Config{}, false
	}
	settings.Region = os.Getenv("AWS_REGION")
	key, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if settings.Region == "" || key == "" || secret == "" {
		tb.Fatal("ZHIDA_TEST_AWS=1 wants AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, of an account for tests")
	}
	settings.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: key, SecretAccessKey: secret, SessionToken: os.Getenv("AWS_SESSION_TOKEN")}, nil
	})
	return settings, true
}
