package scenario

import (
	"context"
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/zhida-project/zhida/shared/emulator"
)

// stored reads what functions have put into S3, as AWS's SMS service does.
func stored(t testing.TB) objects {
	t.Helper()
	address := emulator.Moto(t)
	client := s3.New(s3.Options{
		BaseEndpoint: &address, Region: "eu-west-1", UsePathStyle: true,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
	return func(ctx context.Context, bucket, key string) (data []byte, kind string, err error) {
		out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			return nil, "", err
		}
		data, err = io.ReadAll(out.Body)
		if closed := out.Body.Close(); err == nil {
			err = closed
		}
		return data, aws.ToString(out.ContentType), err
	}
}
