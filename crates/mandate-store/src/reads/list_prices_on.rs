//! What the price list says on a day of the products of a contract: the newest price of each on or before it, however long the list is.
//!
//! A price holds until the next of its product and currency. The list is the firm's and of no account; whether the contract may be seen
//! is asked by whoever calls. Not here: the whole list (`commercial_lists`).

use jiff::civil::Date;
use mandate_domain::book::{Contract, Product};
use mandate_domain::{Currency, Id, Money};

use crate::boxed;
use crate::db::{ReadTx, StoreError};
use crate::params;

/// A price of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPrice {
    /// Of which product.
    pub product_id: Id<Product>,
    /// What it is sold by.
    pub unit: String,
    /// The price, for so many units.
    pub price: Money,
    /// How many.
    pub per: i64,
    /// Since when.
    pub valid_from: Date,
}

const ON_DAY: &str = "
    SELECT n.product_id, p.unit, n.price_minor, n.price_per, n.valid_from, n.currency
      FROM list_price n JOIN product p ON p.id = n.product_id
     WHERE n.product_id IN (SELECT l.product_id FROM contract_line l WHERE l.contract_id = $1 AND l.deleted_at_us IS NULL)
       AND n.currency = (SELECT c.currency FROM contract c WHERE c.id = $1)
       AND n.valid_from = (SELECT MAX(o.valid_from) FROM list_price o WHERE o.product_id = n.product_id
             AND o.currency = n.currency AND o.valid_from <= $2 AND o.deleted_at_us IS NULL)
       AND n.deleted_at_us IS NULL
     ORDER BY n.product_id";

/// The price on `day` of each product of `contract`, in the contract's currency; of a product that has none then, nothing.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_prices_on(
    tx: &mut ReadTx,
    contract: &Id<Contract>,
    day: Date,
) -> Result<Vec<ListedPrice>, StoreError> {
    let rows = tx.fetch_all(ON_DAY, params![contract, day]).await?;
    rows.iter()
        .map(|row| {
            let currency = row.parsed(5, Currency::stored)?;
            Ok(ListedPrice {
                product_id: row.id(0)?,
                unit: row.text(1)?,
                price: Money::new(row.int(2)?, currency),
                per: row.int(3)?,
                valid_from: row.date(4)?,
            })
        })
        .collect()
}
