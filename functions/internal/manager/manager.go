// Package manager is where the functions that read secrets get them.
package manager

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/shared/awsfault"
)

// Of returns what fetches a secret from Secrets Manager.
func Of(d *cloud.Deployment) cloud.Fetch {
	client := secretsmanager.NewFromConfig(d.AWS("SECRETS_MANAGER"))
	return func(ctx context.Context, id string) (string, error) {
		out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
		if err != nil {
			return "", awsfault.Wrap(err, "manager.Fetch")
		}
		return aws.ToString(out.SecretString), nil
	}
}
