import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Another one after each crash of the server: see `EventLog`. One row at most, in a table that is not logged. */
@Entity('log_epoch')
export class LogEpochEntity {
  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'log_epoch_pkey' })
  id: number;

  @Column('uuid')
  epoch: string;
}
