import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('api_keys')
@Index('api_keys_organization_idx', ['organizationId', 'id'])
export class ApiKeyEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'api_keys_pkey' })
  id: string;

  @Column('text', { name: 'organization_id' })
  organizationId: string;

  @Column('text')
  name: string;

  @Column('text', { array: true })
  capabilities: string[];

  /** SHA-256 of the secret: a random secret of 256 bits needs no slow hash. */
  @Column('bytea', { name: 'secret_hash' })
  secretHash: Buffer;

  @Column('text', { name: 'session_ids', array: true, nullable: true })
  sessionIds: string[] | null;

  @Column('text', { name: 'allowed_cidrs', array: true, nullable: true })
  allowedCidrs: string[] | null;

  @Column('bigint', { name: 'expires_at', nullable: true })
  expiresAt: number | null;

  @Column('text', { name: 'created_by', nullable: true })
  createdBy: string | null;

  @Column('bigint', { name: 'created_at' })
  createdAt: number;

  @Column('bigint', { name: 'last_used_at', nullable: true })
  lastUsedAt: number | null;
}
