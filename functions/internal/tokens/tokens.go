// Package tokens is where the tokens that providers give us are kept on AWS.
package tokens

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/shared/vault"
	"github.com/zhida-project/zhida/shared/vault/dynamovault"
)

// Vault is the vault in the one table; nil, and noted, where it cannot be made.
func Vault(d *cloud.Deployment) vault.Vault {
	key := d.Need("ZHIDA_VAULT_KEY", "the KMS key that seals providers' tokens")
	if key == "" || d.Table() == "" {
		return nil
	}
	v, err := dynamovault.New(dynamovault.Options{
		Table: d.DynamoDB(), Name: d.Table(), Keys: kms.NewFromConfig(d.AWS("KMS")), Key: key, Now: d.Now,
	})
	if err != nil {
		d.Note(err)
		return nil
	}
	return v
}
